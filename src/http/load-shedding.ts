import underPressure from '@fastify/under-pressure';
import type { FastifyInstance } from 'fastify';
import { errorBody } from './errors.ts';

/** Delay of the event loop from which on requests are refused, in milliseconds. */
const MOST_DELAY_MS = 1_000;
/** When to come again, in seconds. */
export const RETRY_AFTER_S = 5;

export const tooBusy = (requestId: string) =>
  errorBody('The gateway is too busy. Try again shortly.', 'OVERLOADED', requestId);

/** Refuses requests to the routes of this scope while the process is choking; others, the probes, still answer. */
export async function shedLoad(scope: FastifyInstance): Promise<void> {
  await scope.register(underPressure, {
    maxEventLoopDelay: MOST_DELAY_MS,
    pressureHandler: (request, reply) => {
      reply.code(503).header('Retry-After', RETRY_AFTER_S).send(tooBusy(request.id));
    },
  });
}
