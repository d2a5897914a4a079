import { LtsFailed } from '../lts/failure.ts';
import type { GatewayContext } from './context.ts';

/**
 * Logs who did what to what, and what came of it.
 *
 * @param what `mutation` or `read` with the name of the field, and the IDs and names that it is about
 * @param error what it failed with; none is a success
 */
export function audit(what: object, { caller, log }: GatewayContext, error?: unknown): void {
  const failure = error instanceof LtsFailed ? error.failure.code : 'INTERNAL_SERVER_ERROR';
  const outcome = error === undefined ? 'OK' : failure;
  log.info({ tokenHash: caller.tokenHashPrefix, ...what, outcome }, 'audit');
}
