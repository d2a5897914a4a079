import type { IncomingMessage } from 'node:http';
import Negotiator from 'negotiator';
import { LIMITS } from '../limits.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const GRAPHQL_TYPE = 'application/graphql-response+json; charset=utf-8';

/** Media types of all responses. */
export const MEDIA_TYPES = [JSON_TYPE, GRAPHQL_TYPE];

/**
 * The media type of a refusal: the one that `Accept` prefers, since clients ignore the body of an error status in any
 * other. JSON where it prefers neither.
 */
export function refusalTypeOf(request: IncomingMessage): string {
  const { accept = '' } = request.headers;
  // Most requests need no negotiation, and one with a long header must not be expensive to refuse.
  if (!accept.includes('graphql-response') || accept.length > LIMITS.acceptCharacters) return JSON_TYPE;
  return new Negotiator(request).mediaType(MEDIA_TYPES) ?? JSON_TYPE;
}
