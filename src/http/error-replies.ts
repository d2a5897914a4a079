import type { Socket } from 'node:net';
import createError, { type FastifyError } from '@fastify/error';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LIMITS } from '../limits.ts';
import { DEFAULT_LANGUAGE, type Language, sentenceAbout, translate } from '../messages/messages.ts';
import { languageOf, refusalTypeOf } from './negotiation.ts';

const MethodNotAllowed = createError('METHOD_NOT_ALLOWED', 'Use POST, or GET for a query.', 405);

/** Codes of the refusals that this folder makes with `createError`: the app gets their codes and messages. */
const PUBLIC_CODES: ReadonlySet<string> = new Set([
  'BAD_REQUEST',
  'LIMIT_EXCEEDED',
  'METHOD_NOT_ALLOWED',
  'RATE_LIMITED',
  'OVERLOADED',
]);

/** Messages for Fastify's most frequent refusals. */
const FASTIFY_MESSAGES: Record<string, string> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'Send the operation as application/json.',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty: send {"query": "…"} as JSON.',
  FST_ERR_CTP_INVALID_JSON_BODY: 'Invalid JSON: the body cannot be read.',
  FST_ERR_CTP_BODY_TOO_LARGE: `The body is too large: at most ${LIMITS.bodyBytes} bytes.`,
};

/** Answers what fails before GraphQL begins in the shape of a GraphQL response, so that clients need one reader. */
export function registerErrorReplies(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => {
    send(request, reply.code(404), { code: 'NOT_FOUND', message: 'Not found. GraphQL is at /graphql.' });
  });
  app.setErrorHandler(replyWithError);
}

/** Refuses the methods that GraphQL over HTTP does not have. */
export function registerOtherMethods(app: FastifyInstance): void {
  app.route({
    url: '/graphql',
    method: ['DELETE', 'OPTIONS', 'PATCH', 'PUT'],
    onRequest(_request, reply, done) {
      reply.header('Allow', 'GET, POST');
      done(new MethodNotAllowed());
    },
    handler() {}, // is never reached
  });
}

/** Also for what Fastify refuses before routing, a path that cannot be decoded for example. */
export function replyWithError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const status = error.statusCode ?? 500;
  reply.header('X-Request-Id', request.id).code(status);
  if (PUBLIC_CODES.has(error.code)) {
    send(request, reply, error);
  } else if (status < 500) {
    const message = FASTIFY_MESSAGES[error.code] ?? 'The request cannot be read.';
    const code = error.code === 'FST_ERR_CTP_BODY_TOO_LARGE' ? 'LIMIT_EXCEEDED' : 'BAD_REQUEST';
    send(request, reply, { code, message });
  } else {
    const { log } = request.requestContext ?? request; // the error may have come before the request's context
    log.error({ err: error }, 'the gateway itself failed');
    send(request, reply, { code: 'INTERNAL_SERVER_ERROR', message: 'Internal server error' });
  }
}

function send(request: FastifyRequest, reply: FastifyReply, { code, message }: Refusal): void {
  const language = languageOf(request.raw); // the error may have come before the request's context
  const retryAfterSeconds = Number(reply.getHeader('Retry-After')) || undefined;
  reply.header('Content-Language', language).type(refusalTypeOf(request.raw));
  reply.send(
    JSON.stringify(errorBody({ code, message, requestId: request.id, retryAfterSeconds }, language)),
  );
}

interface Refusal {
  readonly code: string;
  /** For developers. */
  readonly message: string;
  readonly requestId?: string;
  /** Of the `Retry-After` header, where one is sent. */
  readonly retryAfterSeconds?: number | undefined;
}

export function errorBody({ code, message, requestId, retryAfterSeconds }: Refusal, language: Language) {
  const sentence = sentenceAbout('error', code);
  const extensions = {
    code,
    ...(sentence && { localizedMessage: translate(language, sentence) }),
    ...(retryAfterSeconds && { retryAfterSeconds }),
    ...(requestId && { requestId }),
  };
  return { errors: [{ message, extensions }] };
}

/** What Node.js refuses before there is a request, by the code of its error. */
const NODE_REFUSALS: Record<string, { status: string; message: string; code: string }> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    // Node.js 24 also refuses too many headers with this error.
    message: `The headers are too large: at most ${LIMITS.headerBytes} bytes. At most ${LIMITS.headers} headers are allowed.`,
    code: 'LIMIT_EXCEEDED',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    message: `The request took too long to arrive: at most ${LIMITS.requestMs / 1_000} seconds.`,
    code: 'LIMIT_EXCEEDED',
  },
};
const NOT_HTTP = { status: '400 Bad Request', message: 'The request cannot be read.', code: 'BAD_REQUEST' };

/** Fastify's `clientErrorHandler`. */
export function replyToClientError(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { status, message, code } = NODE_REFUSALS[error.code ?? ''] ?? NOT_HTTP;
  const language = DEFAULT_LANGUAGE; // its headers could not be read
  const body = JSON.stringify(errorBody({ code, message }, language));
  // A request before it may still be in flight on this connection: nobody can receive its response any more.
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Language: ${language}\r\nVary: Accept-Language\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
