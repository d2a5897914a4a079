import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import cors from '@fastify/cors';
import createError from '@fastify/error';
import type { FastifyInstance } from 'fastify';
import helmet from 'helmet';
import { LIMITS } from '../limits.ts';
import { responseTypeFor } from './negotiation.ts';

/** Gives every response its headers, and refuses requests that cannot be answered, before their bodies are read. */
export async function registerChecks(
  app: FastifyInstance,
  { corsOrigins, production }: { readonly corsOrigins: readonly string[]; readonly production: boolean },
): Promise<void> {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(SECURITY_HEADERS);
    done();
  });
  await registerCors(app, corsOrigins, production);
  refuseMalformed(app);
  if (!production) refuseOtherHosts(app, corsOrigins);
}

/**
 * The headers of helmet. They are the same for every response, so helmet runs only once. Only the explorer's pages have
 * a Content-Security-Policy of their own.
 */
function securityHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  const setHeaders = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
  });
  const response = {
    setHeader: (name: string, value: string) => {
      headers[name] = value;
    },
    removeHeader: () => {}, // `X-Powered-By`, which Fastify does not send
  };
  setHeaders({} as IncomingMessage, response as unknown as ServerResponse, () => {});
  return headers;
}

export const SECURITY_HEADERS: Readonly<Record<string, string>> = securityHeaders();

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
async function registerCors(
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

/** The headers of CORS for a response that is written without Fastify. */
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

const TokenTooLarge = createError(
  'LIMIT_EXCEEDED',
  `The token is too large: at most ${LIMITS.tokenBytes} bytes.`,
  431,
);
const TooManyHeaders = createError(
  'LIMIT_EXCEEDED',
  `There are too many headers: at most ${LIMITS.headers}.`,
  431,
);
const AcceptTooLarge = createError(
  'LIMIT_EXCEEDED',
  `The Accept header is too large: at most ${LIMITS.acceptCharacters} characters.`,
  431,
);
const UnsupportedTransferEncoding = createError(
  'BAD_REQUEST',
  'HTTP/1.0 has no Transfer-Encoding: send a Content-Length.',
  400,
);
const UnreadableHost = createError('BAD_REQUEST', 'The Host header cannot be read.', 400);
const NotAcceptable = createError(
  'BAD_REQUEST',
  'The response is application/json, which the Accept header does not allow.',
  406,
);
const HostNotAllowed = createError(
  'BAD_REQUEST',
  'In development, the gateway answers only to localhost, IP addresses and names of private networks. ' +
    'Name the origin in CORS_ORIGINS if you call it by another name.',
  403,
);

/** Refuses requests that would otherwise be found wrong too late or not at all. */
function refuseMalformed(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    const { raw, headers } = request;
    // Node.js has left out the rest, perhaps a proxy's header that says who the caller is.
    if (raw.rawHeaders.length > 2 * LIMITS.headers) throw new TooManyHeaders();
    const { 'x-auth-token': token = '', authorization = '' } = headers;
    if (Math.max(token.length, authorization.length) > LIMITS.tokenBytes) throw new TokenTooLarge();
    if ((headers.accept?.length ?? 0) > LIMITS.acceptCharacters) throw new AcceptTooLarge();
    // HTTP/1.0 has no bodies in chunks: two servers may disagree on the length of one.
    if (raw.httpVersion === '1.0' && headers['transfer-encoding'] !== undefined)
      throw new UnsupportedTransferEncoding();
    // The integration of Fastify with Apollo Server throws on a host that it cannot parse.
    if (!URL.canParse(`http://${request.hostname}/`)) throw new UnreadableHost();
    // Apollo Server executes a POST before it notices that the caller does not accept its response.
    if (request.method === 'POST' && responseTypeFor(raw) === null) throw new NotAcceptable();
  });
}

/** Top-level domains that nobody can register. */
const PRIVATE_NAME = /\.(localhost|test|internal|local)$/;

/**
 * Refuses requests to a name that somebody could own. Such a person can have the name resolve to this machine after
 * their page was loaded (DNS rebinding): for the browser, the page and the gateway are then of one origin, and CORS
 * does not apply. In production the gateway has a name of its own, and is public anyway.
 *
 * @param origins those of `CORS_ORIGINS`: their hosts are allowed
 */
function refuseOtherHosts(app: FastifyInstance, origins: readonly string[]): void {
  const allowed = new Set(origins.filter((origin) => URL.canParse(origin)).map(hostnameOf));
  app.addHook('onRequest', async (request) => {
    const name = hostnameOf(`http://${request.hostname}`);
    if (!isPrivate(name) && !allowed.has(name)) throw new HostNotAllowed();
  });
}

const hostnameOf = (url: string) => new URL(url).hostname;

/** A name without a dot is resolved by this machine or its network. */
function isPrivate(name: string): boolean {
  return !name.includes('.') || isIP(name) !== 0 || PRIVATE_NAME.test(name);
}
