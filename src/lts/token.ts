import { createHash } from 'node:crypto';

/** Stands for a token wherever callers must be told apart: tokens are not kept, not even as keys. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** Shorter ones are no tokens of IAM's, and would be found where there is none. */
const SHORTEST_TOKEN = 8;

/** For whatever is logged, traced or answered: a caller or LTS may have put the token into it. */
export function withoutToken(text: string, token: string | null): string {
  return token === null || token.length < SHORTEST_TOKEN ? text : text.replaceAll(token, '[token]');
}
