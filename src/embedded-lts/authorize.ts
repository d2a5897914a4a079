import type { FastifyRequest } from 'fastify';
import { EDITIONS } from './editions.ts';
import { LtsApiError, type LtsErrorCode } from './errors.ts';
import type { LtsStore } from './store.ts';

/** Tokens that make every call fail, to see how an app handles it. Any other token works. */
export const RESERVED_TOKENS = { expired: 'expired', forbidden: 'forbidden', broken: 'broken' } as const;

interface OperationErrors {
  readonly unauthenticated: LtsErrorCode;
  readonly failed: LtsErrorCode;
}

/** The error codes of status 401 and 500 on each operation's API page. */
const OPERATION_ERRORS = {
  ListLogGroups: { unauthenticated: 'LTS.0003', failed: 'LTS.0010' },
  CreateLogGroup: { unauthenticated: 'LTS.0003', failed: 'LTS.0102' },
  UpdateLogGroup: { unauthenticated: 'LTS.0414', failed: 'LTS.0102' },
  DeleteLogGroup: { unauthenticated: 'LTS.0003', failed: 'LTS.0103' },
  ListLogStreams: { unauthenticated: 'LTS.0003', failed: 'LTS.0010' },
  ListLogStream: { unauthenticated: 'LTS.0003', failed: 'LTS.0010' },
  CreateLogStream: { unauthenticated: 'LTS.0003', failed: 'LTS.0202' },
  UpdateLogStream: { unauthenticated: 'LTS.0414', failed: 'LTS.0204' },
  DeleteLogStream: { unauthenticated: 'LTS.0003', failed: 'LTS.0203' },
} as const satisfies Record<string, OperationErrors>;

export type OperationId = keyof typeof OPERATION_ERRORS;

export const OPERATION_IDS = Object.keys(OPERATION_ERRORS);

/**
 * Checks the token, if there is one, then the project.
 *
 * @throws LtsApiError as the operation's API page documents
 */
export function authorize(store: LtsStore, operationId: OperationId, request: FastifyRequest): void {
  const errors = OPERATION_ERRORS[operationId];
  const edition = EDITIONS[store.edition];
  const { project_id } = request.params as { project_id: string };
  const token = request.headers['x-auth-token'];
  if (token === RESERVED_TOKENS.expired) throw new LtsApiError(errors.unauthenticated);
  if (token === RESERVED_TOKENS.forbidden) throw new LtsApiError(edition.forbidden.code, edition.forbidden);
  if (!store.isProject(project_id)) throw new LtsApiError(edition.unknownProject);
  if (token === RESERVED_TOKENS.broken) throw new LtsApiError(edition.failed[operationId] ?? errors.failed);
}
