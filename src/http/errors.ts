import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

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
    reply.send(errorBody(clientMessage(error), 'BAD_REQUEST', request.id));
    return;
  }
  request.log.error({ err: error }, 'the gateway itself failed');
  reply.send(errorBody('Internal server error', 'INTERNAL_SERVER_ERROR', request.id));
}

/** Sentences for what people run into most; Fastify's own for the rest. */
const MESSAGES: Record<string, string> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'Send the operation as application/json.',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty: send {"query": "…"} as JSON.',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not JSON.',
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is too large.',
};

function clientMessage(error: FastifyError): string {
  return MESSAGES[error.code] ?? 'The request cannot be read.';
}

function errorBody(message: string, code: string, requestId: string) {
  return { errors: [{ message, extensions: { code, requestId } }] };
}
