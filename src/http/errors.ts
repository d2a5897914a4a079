import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LIMITS } from '../graphql/limits.ts';

const CODES: Record<string, string> = {
  RATE_LIMITED: 'RATE_LIMITED',
  FST_ERR_CTP_BODY_TOO_LARGE: 'LIMIT_EXCEEDED',
};

/** Answers what fails before GraphQL begins in GraphQL's own shape, so that clients need one reader. */
export function answerInGraphqlShape(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => {
    reply.code(404).send(errorBody('Not found. GraphQL is at /graphql.', 'NOT_FOUND', request.id));
  });
  app.setErrorHandler(answerHttpError);
}

/** Also given to Fastify for what it refuses before routing, a path that does not decode for example. */
export function answerHttpError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const status = error.statusCode ?? 500;
  reply.header('X-Request-Id', request.id).code(status);
  if (status < 500) {
    reply.send(errorBody(clientMessage(error), CODES[error.code] ?? 'BAD_REQUEST', request.id));
    return;
  }
  request.log.error({ err: error }, 'the gateway itself failed');
  reply.send(errorBody('Internal server error', 'INTERNAL_SERVER_ERROR', request.id));
}

/** Sentences for what people run into most; Fastify's own for the rest. */
const MESSAGES: Record<string, string> = {
  RATE_LIMITED: 'Too many requests. The Retry-After header says in how many seconds to come again.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'Send the operation as application/json.',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty: send {"query": "…"} as JSON.',
  FST_ERR_CTP_INVALID_JSON_BODY: 'Invalid JSON: the body cannot be read.',
  FST_ERR_CTP_BODY_TOO_LARGE: `The body is too large: at most ${LIMITS.bodyBytes} bytes.`,
};

function clientMessage(error: FastifyError): string {
  return MESSAGES[error.code] ?? 'The request cannot be read.';
}

export function errorBody(message: string, code: string, requestId: string) {
  return { errors: [{ message, extensions: { code, requestId } }] };
}

/** What Node.js refuses before there is a request, by the code of its error; anything else is no HTTP. */
const REFUSALS: Record<string, { status: string; message: string; code: string }> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    message: `The headers are too large: at most ${LIMITS.headerBytes} bytes.`,
    code: 'LIMIT_EXCEEDED',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    message: `The request took too long to arrive: at most ${LIMITS.requestMs / 1_000} seconds.`,
    code: 'LIMIT_EXCEEDED',
  },
};
const NO_HTTP = { status: '400 Bad Request', message: 'The request cannot be read.', code: 'BAD_REQUEST' };

export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { status, message, code } = REFUSALS[error.code ?? ''] ?? NO_HTTP;
  const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  // An operation may be at work on this connection: it has nobody to answer any more.
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
