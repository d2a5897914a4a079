import type { FastifyInstance } from 'fastify';
import Negotiator from 'negotiator';
import { errorBody } from './errors.ts';

/** What Apollo Server answers with. */
const ANSWERS = ['application/json; charset=utf-8', 'application/graphql-response+json; charset=utf-8'];

/**
 * Refuses what would otherwise be found wrong too late: a host that does not parse, on which the integration with
 * Apollo Server throws, and a POST whose answer the caller would not take, which Apollo Server carries out first.
 */
export function refuseUnanswerable(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!URL.canParse(`http://${request.hostname}/`)) {
      return reply.code(400).send(errorBody('The Host header cannot be read.', 'BAD_REQUEST', request.id));
    }
    if (request.method === 'POST' && new Negotiator(request.raw).mediaType(ANSWERS) === undefined) {
      const message = 'The answer is application/json, which the Accept header does not take.';
      return reply.code(406).send(errorBody(message, 'BAD_REQUEST', request.id));
    }
  });
}
