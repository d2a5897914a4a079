import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** The caller's `X-Request-Id` if it is well-formed (1-64 of `A-Z a-z 0-9 . _ -`), else a new one. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  if (typeof given !== 'string' || !/^[A-Za-z0-9._-]{1,64}$/.test(given)) return randomUUID();
  // A client that sends its token here by mistake shall not find it in the log.
  const isToken = given === headers['x-auth-token'] || headers.authorization?.endsWith(` ${given}`);
  return isToken ? randomUUID() : given;
}
