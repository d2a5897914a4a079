import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { credentialsIn } from './caller.ts';

/** Shorter pieces may be in a token by chance. */
const MIN_PIECE_CHARACTERS = 8;

/** The caller's `X-Request-Id` if it is well-formed (1-64 of `A-Z a-z 0-9 . _ -`), else a new one. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  if (typeof given !== 'string' || !/^[A-Za-z0-9._-]{1,64}$/.test(given)) return randomUUID();
  return isPartOfToken(given, headers) ? randomUUID() : given;
}

/** A client may send its token, or a piece of it, as the ID by mistake: it must not be logged or returned. */
function isPartOfToken(given: string, headers: IncomingHttpHeaders): boolean {
  return credentialsIn(headers).some(
    (credential) =>
      (given.length >= MIN_PIECE_CHARACTERS && credential.includes(given)) ||
      (credential.length >= MIN_PIECE_CHARACTERS && given.includes(credential)),
  );
}
