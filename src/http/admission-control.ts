import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { GUARD } from '../lts/call-guard.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { EXPOSED_HEADERS } from './cors.ts';
import { errorBody } from './errors.ts';
import { isProbePath } from './probes.ts';
import { requestIdOf } from './request-id.ts';

/**
 * Operations in flight together, 320: as many as may call LTS or wait for it. One more would be refused there, after all
 * the work of reading and checking it. One core answers some 1,000 a second, so that this many are a third of a
 * second's work.
 */
export const MAX_IN_FLIGHT = GUARD.inFlight + GUARD.waiting;

/**
 * Requests that may start in one iteration of the event loop. Node.js accepts one new connection an iteration: if
 * each did all the work that has come in, new connections, those of the probes as well, would wait for seconds.
 */
const MAX_STARTS_PER_TICK = 8;

/** When to come again, in seconds. */
const RETRY_AFTER_S = 5;

/** Refusals in one line of the log. */
const MAX_IDS_PER_LINE = 100;

export interface AdmissionControlOptions {
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Origins whose pages must be able to read a refusal. */
  readonly corsOrigins: readonly string[];
}

/**
 * Decides whether a request may begin now. An operation is in flight from when its request has arrived whole until
 * its answer is handed to the connection, so that a caller's slowness takes nobody's place.
 */
export class AdmissionControl {
  readonly #options: AdmissionControlOptions;
  readonly #waiting: (() => void)[] = [];
  readonly #refusedIds: string[] = [];
  #inFlight = 0;
  #started = 0;
  #logTimer: NodeJS.Timeout | undefined;

  constructor(options: AdmissionControlOptions) {
    this.#options = options;
  }

  /** Refuses requests before anything is done for them while no more operations are admitted. Probes pass. */
  guard(handle: RequestListener): RequestListener {
    return (request, response) => {
      if (isProbePath(request.url)) handle(request, response);
      // Those that wait to start will be in flight before this one.
      else if (this.#inFlight + this.#waiting.length >= MAX_IN_FLIGHT) this.#refuse(request, response);
      else {
        this.#start(() => {
          // Whoever has gone while waiting would be waited for in vain: its response has been closed already.
          if (!request.socket.destroyed) handle(request, response);
        });
      }
    };
  }

  /** Admits the operations of the routes of a scope, once their requests are there; or answers 503. */
  register(scope: FastifyInstance): void {
    scope.addHook('preValidation', (request, reply, done) => {
      if (this.#inFlight >= MAX_IN_FLIGHT) {
        reply.code(503).header('Retry-After', RETRY_AFTER_S).send(tooBusy(request.id));
        return;
      }
      this.#inFlight += 1;
      let isInFlight = true;
      const end = () => {
        if (isInFlight) this.#inFlight -= 1;
        isInFlight = false;
      };
      reply.raw.once('prefinish', end);
      reply.raw.once('close', end);
      done();
    });
  }

  #start(begin: () => void): void {
    if (this.#started === 0) setImmediate(this.#nextTick);
    if (this.#started < MAX_STARTS_PER_TICK) {
      this.#started += 1;
      begin();
    } else this.#waiting.push(begin);
  }

  readonly #nextTick = (): void => {
    this.#started = 0;
    for (const begin of this.#waiting.splice(0, MAX_STARTS_PER_TICK)) {
      this.#started += 1;
      begin();
    }
    if (this.#started > 0) setImmediate(this.#nextTick);
  };

  /** Refusals must be cheap, so that the time is left for answers: written without Fastify, logged in groups. */
  #refuse(request: IncomingMessage, response: ServerResponse): void {
    const { metrics, corsOrigins } = this.#options;
    const requestId = requestIdOf(request);
    const body = JSON.stringify(tooBusy(requestId));
    const origin = request.headers.origin ?? '';
    response.writeHead(503, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(body),
      'Retry-After': RETRY_AFTER_S,
      'X-Request-Id': requestId,
      ...(corsOrigins.includes(origin) && {
        'Access-Control-Allow-Origin': origin,
        'Access-Control-Expose-Headers': EXPOSED_HEADERS.join(', '),
        Vary: 'Origin',
      }),
    });
    response.end(body);
    metrics.requests.inc({ operation: 'none', outcome: 'SHED' });
    this.#refusedIds.push(requestId);
    if (this.#refusedIds.length === MAX_IDS_PER_LINE) this.#logRefusals();
    else this.#logTimer ??= setTimeout(() => this.#logRefusals(), 1_000).unref();
  }

  #logRefusals(): void {
    clearTimeout(this.#logTimer);
    this.#logTimer = undefined;
    const requestIds = this.#refusedIds.splice(0);
    this.#options.log.warn({ refused: requestIds.length, requestIds }, 'too many requests in flight');
  }
}

const tooBusy = (requestId: string) =>
  errorBody('The gateway is too busy. Try again shortly.', 'OVERLOADED', requestId);
