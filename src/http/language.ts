import type { IncomingMessage } from 'node:http';
import Negotiator from 'negotiator';
import { LIMITS } from '../limits.ts';
import { DEFAULT_LANGUAGE, type Language, languageForRange } from '../messages/messages.ts';

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
