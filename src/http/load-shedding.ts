import underPressure from '@fastify/under-pressure';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GUARD } from '../lts/guarded-upstream.ts';
import { errorBody } from './errors.ts';
import { isProbe } from './probes.ts';
import { Turnstile } from './turnstile.ts';

/** When requests are refused rather than kept waiting. */
export const SHEDDING = {
  /**
   * Requests in flight together: as many as may call LTS or wait for it. Whoever came on top would be refused
   * there, after all the work of reading and checking the operation. One core answers some 1,000 a second, so
   * that this many are a third of a second's work.
   */
  inFlight: GUARD.inFlight + GUARD.waiting,
  /** Delay of the event loop from which on requests are refused, in milliseconds. */
  delayMs: 1_000,
  /** When to come again, in seconds. */
  retryAfterS: 5,
} as const;

/**
 * Refuses requests while the process has too much to do; the probes still answer. To be asked before all that costs
 * anything: what is spent on refusals is lacking for answers.
 */
export async function shedLoad(app: FastifyInstance): Promise<void> {
  const turnstile = new Turnstile();
  let inFlight = 0;
  app.addHook('onRequest', (request, reply, done) => {
    if (isProbe(request)) {
      done();
      return;
    }
    if (inFlight >= SHEDDING.inFlight) {
      refuse(request, reply);
      return;
    }
    inFlight += 1;
    reply.raw.once('close', () => {
      inFlight -= 1;
    });
    turnstile.pass(() => {
      if (!request.gone.aborted) done();
    });
  });
  await app.register(underPressure, {
    maxEventLoopDelay: SHEDDING.delayMs,
    pressureHandler: (request, reply, _type, _value) => {
      if (!isProbe(request)) refuse(request, reply);
    },
  });
}

function refuse(request: FastifyRequest, reply: FastifyReply): void {
  reply
    .code(503)
    .header('Retry-After', SHEDDING.retryAfterS)
    .send(errorBody('The gateway is too busy. Try again shortly.', 'OVERLOADED', request.id));
}
