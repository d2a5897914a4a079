import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { credentialsIn } from '../graphql/context.ts';

/** The caller's `X-Request-Id` if it is well-formed (1-64 of `A-Z a-z 0-9 . _ -`), else a new one. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  if (typeof given !== 'string' || !/^[A-Za-z0-9._-]{1,64}$/.test(given)) return randomUUID();
  return isPartOfToken(given, headers) ? randomUUID() : given;
}

/** Shorter pieces may be in a token by chance. */
const SHORTEST_PIECE = 8;

/** A client may send its token, or a piece of it, here by mistake: it must not come back, and not be in the log. */
function isPartOfToken(given: string, headers: IncomingHttpHeaders): boolean {
  return credentialsIn(headers).some(
    (credential) =>
      (given.length >= SHORTEST_PIECE && credential.includes(given)) ||
      (credential.length >= SHORTEST_PIECE && given.includes(credential)),
  );
}
