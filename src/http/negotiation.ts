import type { IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';
import Negotiator from 'negotiator';
import { LIMITS } from '../limits.ts';
import { DEFAULT_LANGUAGE, type Language, languageForRange } from '../messages/messages.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const GRAPHQL_TYPE = 'application/graphql-response+json; charset=utf-8';

/** The headers that most requests have are parsed once. */
const preferredTypes = new LRUCache<string, string>({
  max: 100,
  memoMethod: (accept) => new Negotiator({ headers: { accept } }).mediaType([JSON_TYPE, GRAPHQL_TYPE]) ?? '',
});

/** The media type for a response that `Accept` prefers; `null` where it allows none. */
export function responseTypeFor({ headers: { accept = '*/*' } }: IncomingMessage): string | null {
  return preferredTypes.memo(accept) || null;
}

/**
 * The media type of a refusal: the one that `Accept` prefers, since clients ignore the body of an error status in any
 * other. JSON where it prefers neither.
 */
export function refusalTypeOf(request: IncomingMessage): string {
  const { accept = '' } = request.headers;
  // Most requests need no negotiation, and one with a long header must not be expensive to refuse.
  if (!accept.includes('graphql-response') || accept.length > LIMITS.acceptCharacters) return JSON_TYPE;
  return responseTypeFor(request) ?? JSON_TYPE;
}

/**
 * The language that a request asks for: of those that the gateway has, the one that `Accept-Language` prefers. English
 * if there is none, or if the header is too long to be read. Takes up to 40 µs.
 */
export function languageOf(request: IncomingMessage): Language {
  const header = request.headers['accept-language'];
  if (header === undefined || header.length > LIMITS.acceptLanguageCharacters) return DEFAULT_LANGUAGE;
  for (const range of new Negotiator(request).languages()) {
    if (range === '*') break; // any other language: the default one
    const language = languageForRange(range);
    if (language !== null) return language;
  }
  return DEFAULT_LANGUAGE;
}
