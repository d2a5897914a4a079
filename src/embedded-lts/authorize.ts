import type { FastifyRequest } from 'fastify';
import { EDITIONS } from './editions.ts';
import { LtsApiError } from './errors.ts';
import type { Operation } from './operations.ts';
import type { LtsStore } from './store.ts';

/** Tokens that make every call fail, to see how an app handles it. Any other token works. */
export const RESERVED_TOKENS = { expired: 'expired', forbidden: 'forbidden', broken: 'broken' } as const;

/**
 * Checks the token, if there is one, then the project.
 *
 * @throws LtsApiError as the operation's API page documents
 */
export function authorize(
  store: LtsStore,
  { operationId, 'x-errors': errors }: Operation,
  request: FastifyRequest,
): void {
  const edition = EDITIONS[store.edition];
  const { project_id } = request.params as { project_id: string };
  const token = request.headers['x-auth-token'];
  if (token === RESERVED_TOKENS.expired) throw new LtsApiError(errors.unauthenticated);
  if (token === RESERVED_TOKENS.forbidden) throw new LtsApiError(edition.forbidden.code, edition.forbidden);
  if (!store.isProject(project_id)) throw new LtsApiError(edition.unknownProject);
  if (token !== RESERVED_TOKENS.broken) return;
  const failed = edition.failed[operationId];
  if (failed) throw new LtsApiError(failed);
  throw new LtsApiError(errors.failed, errors.failedMessage ? { error_msg: errors.failedMessage } : {});
}
