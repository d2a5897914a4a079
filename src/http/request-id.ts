import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** The caller's `X-Request-Id` if it is well-formed (1-64 of `A-Z a-z 0-9 . _ -`), else a new one. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  // A client that sends its token here by mistake shall not find it in the log.
  const isToken = given === request.headers['x-auth-token'];
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given) && !isToken ? given : randomUUID();
}
