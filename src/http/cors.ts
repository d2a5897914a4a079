import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/** Headers that a page may send: those that the gateway reads, and those that common clients and tracers add. */
const ALLOWED_HEADERS = [
  'Accept',
  'Accept-Language',
  'Content-Type',
  'X-Auth-Token',
  'Authorization',
  'X-Request-Id',
  'Apollo-Require-Preflight',
  'X-Apollo-Operation-Name',
  'X-Apollo-Operation-Id',
  'ApolloGraphQL-Client-Name',
  'ApolloGraphQL-Client-Version',
  'traceparent',
  'tracestate',
  'baggage',
];

/** Headers of a response that a page may read. */
const EXPOSED_HEADERS = ['X-Request-Id', 'Retry-After'];

/** Lets pages on these origins call the gateway from a browser. Without any, browsers refuse all other origins. */
export async function registerCors(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  await app.register(cors, {
    origin: [...origins],
    methods: ['GET', 'POST'],
    allowedHeaders: ALLOWED_HEADERS,
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 86_400,
    strictPreflight: false, // an OPTIONS that is no preflight gets the reply to unknown routes, which is JSON
  });
}

/** The same for a response that is written without Fastify. */
export function corsHeaders(origin: string | undefined, origins: readonly string[]): Record<string, string> {
  if (origin === undefined || !origins.includes(origin)) return {};
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': EXPOSED_HEADERS.join(', '),
  };
}
