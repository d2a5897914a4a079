import type { FastifyInstance } from 'fastify';
import Negotiator from 'negotiator';
import { errorBody } from './errors.ts';

/** What Apollo Server answers with. */
const ANSWERS = ['application/json; charset=utf-8', 'application/graphql-response+json; charset=utf-8'];

/**
 * Refuses what would otherwise be found wrong too late or not at all: a host that does not parse, on which the
 * integration with Apollo Server throws, a POST whose answer the caller would not take, which Apollo Server carries
 * out first, and a body in chunks where HTTP/1.0 has none, on whose length two servers may disagree.
 */
export function refuseUnanswerable(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.raw.httpVersion === '1.0' && request.headers['transfer-encoding'] !== undefined) {
      const message = 'HTTP/1.0 knows no Transfer-Encoding: send a Content-Length.';
      reply.header('Connection', 'close');
      return reply.code(400).send(errorBody(message, 'BAD_REQUEST', request.id));
    }
    if (!URL.canParse(`http://${request.hostname}/`)) {
      return reply.code(400).send(errorBody('The Host header cannot be read.', 'BAD_REQUEST', request.id));
    }
    if (request.method === 'POST' && new Negotiator(request.raw).mediaType(ANSWERS) === undefined) {
      const message = 'The answer is application/json, which the Accept header does not take.';
      return reply.code(406).send(errorBody(message, 'BAD_REQUEST', request.id));
    }
  });
}
