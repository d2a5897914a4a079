import { createHash } from 'node:crypto';

/** Stands for a token wherever callers must be told apart: tokens are not kept, not even as keys. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** For whatever is logged, traced or answered: a caller or LTS may have put the token into it. */
export function withoutToken(text: string, token: string | null): string {
  return token ? text.replaceAll(token, '[token]') : text;
}
