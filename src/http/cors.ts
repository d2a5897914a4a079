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

/**
 * Lets pages on these origins call the gateway from a browser. Without any, browsers refuse all other origins.
 *
 * @param production if not, pages may send any header, and a page on the internet may call a gateway on this machine
 */
export async function registerCors(
  app: FastifyInstance,
  origins: readonly string[],
  production: boolean,
): Promise<void> {
  if (origins.length === 0) return;
  if (!production) registerPrivateNetworkAccess(app, origins);
  await app.register(cors, {
    // An empty list: a preflight of any other origin is answered, and allows nothing.
    origin: (origin, callback) => callback(null, isAllowedOrigin(origin, origins) || []),
    methods: ['GET', 'POST'],
    ...(production && { allowedHeaders: ALLOWED_HEADERS }),
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 86_400,
    strictPreflight: false, // an OPTIONS that is no preflight gets the reply to unknown routes, which is JSON
  });
}

/** Chrome's Private Network Access: the preflight of a page on the internet that calls this machine asks for it. */
function registerPrivateNetworkAccess(app: FastifyInstance, origins: readonly string[]): void {
  app.addHook('onRequest', async ({ headers }, reply) => {
    if (headers['access-control-request-private-network'] !== 'true') return;
    if (isAllowedOrigin(headers.origin, origins))
      reply.header('Access-Control-Allow-Private-Network', 'true');
  });
}

/** The same for a response that is written without Fastify. */
export function corsHeaders(origin: string | undefined, origins: readonly string[]): Record<string, string> {
  if (!isAllowedOrigin(origin, origins)) return {};
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': EXPOSED_HEADERS.join(', '),
  };
}

/**
 * Whether pages of an origin may call the gateway.
 *
 * @param origin the header `Origin` of a request; only what a browser would send is allowed, character for character
 * @param allowed origins, or origins with `*` as their port
 */
function isAllowedOrigin(origin: string | undefined, allowed: readonly string[]): origin is string {
  if (origin === undefined || !URL.canParse(origin)) return false;
  const url = new URL(origin);
  if (url.origin !== origin) return false;
  return allowed.includes(origin) || allowed.includes(`${url.protocol}//${url.hostname}:*`);
}
