import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import createError from '@fastify/error';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { MAX_CALLS_IN_FLIGHT } from '../lts/lts-client.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { corsHeaders } from './cors.ts';
import { errorBody } from './error-replies.ts';
import { languageOf } from './language.ts';
import { refusalTypeOf } from './media-type.ts';
import { isProbePath } from './probes.ts';
import { requestIdOf } from './request-id.ts';

/**
 * GraphQL requests in flight: as many as may call LTS at the same time. One more would be refused there, after all the
 * work of reading and checking it. One core answers 3,000 a second or more, so this is a tenth of a second's work.
 */
export const MAX_REQUESTS_IN_FLIGHT = MAX_CALLS_IN_FLIGHT;

/**
 * Requests that may start in one iteration of the event loop. Node.js accepts one new connection in each iteration: if
 * all that has arrived were started first, new connections, those of probes as well, would wait. At twice the peak,
 * probes took up to 720 ms without this, and up to 112 ms with it (`npm run soak`).
 */
const MAX_STARTS_PER_TICK = 8;

const Overloaded = createError('OVERLOADED', 'The gateway is too busy. Try again shortly.', 503);
const OVERLOADED = new Overloaded();
const RETRY_AFTER_SECONDS = 5;

/** Request IDs in one line of the log. */
const MAX_IDS_PER_LINE = 100;

export interface AdmissionControlOptions {
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Origins whose pages must be able to read a refusal. */
  readonly corsOrigins: readonly string[];
}

/**
 * Decides whether a request may begin now, and answers 503 if not. A request is in flight from when all of it has
 * arrived until its response is handed to the connection: slow callers do not count.
 */
export class AdmissionControl {
  readonly #options: AdmissionControlOptions;
  readonly #waitingToStart: (() => void)[] = [];
  readonly #refusedIds: string[] = [];
  #inFlight = 0;
  #startedInThisTick = 0;
  #noteTimer: NodeJS.Timeout | undefined;

  constructor(options: AdmissionControlOptions) {
    this.#options = options;
  }

  /** Refuses requests before anything is done for them, and starts the others a few at a time. Probes always start. */
  admit(handle: RequestListener): RequestListener {
    return (request, response) => {
      if (isProbePath(request.url)) handle(request, response);
      else if (this.#inFlight + this.#waitingToStart.length >= MAX_REQUESTS_IN_FLIGHT)
        this.#refuse(request, response);
      else {
        this.#start(() => {
          // Fastify would wait for the end of a response that has been closed already.
          if (!request.socket.destroyed) handle(request, response);
        });
      }
    };
  }

  /** Counts the requests to the routes of a scope once they have arrived; refuses those that are too many then. */
  register(scope: FastifyInstance): void {
    scope.addHook('preValidation', (request, reply, done) => {
      if (this.#inFlight >= MAX_REQUESTS_IN_FLIGHT) {
        request.requestContext.summary.refusal = 'requests_in_flight';
        this.#options.metrics.refusals.inc({ reason: 'requests_in_flight' });
        reply.header('Retry-After', RETRY_AFTER_SECONDS);
        done(new Overloaded());
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

  #start(start: () => void): void {
    if (this.#startedInThisTick === 0) setImmediate(this.#nextTick);
    if (this.#startedInThisTick < MAX_STARTS_PER_TICK) {
      this.#startedInThisTick += 1;
      start();
    } else this.#waitingToStart.push(start);
  }

  readonly #nextTick = (): void => {
    this.#startedInThisTick = 0;
    for (const start of this.#waitingToStart.splice(0, MAX_STARTS_PER_TICK)) {
      this.#startedInThisTick += 1;
      start();
    }
    if (this.#startedInThisTick > 0) setImmediate(this.#nextTick);
  };

  /** A refusal must be cheap, to leave time for answers: it is written without Fastify, and noted with others. */
  #refuse(request: IncomingMessage, response: ServerResponse): void {
    const { corsOrigins } = this.#options;
    const requestId = requestIdOf(request);
    const language = languageOf(request);
    const { message, code } = OVERLOADED;
    const refusal = { code, message, requestId, retryAfterSeconds: RETRY_AFTER_SECONDS };
    const body = JSON.stringify(errorBody(refusal, language));
    response.writeHead(503, {
      'Content-Type': refusalTypeOf(request),
      'Content-Length': Buffer.byteLength(body),
      'Content-Language': language,
      Vary: corsOrigins.length > 0 ? 'Accept-Language, Origin' : 'Accept-Language',
      'Retry-After': RETRY_AFTER_SECONDS,
      'X-Request-Id': requestId,
      ...corsHeaders(request.headers.origin, corsOrigins),
    });
    response.end(body);
    this.#refusedIds.push(requestId);
    if (this.#refusedIds.length === MAX_IDS_PER_LINE) this.#noteRefusals();
    else this.#noteTimer ??= setTimeout(() => this.#noteRefusals(), 1_000).unref();
  }

  /** In the log and the metrics. */
  #noteRefusals(): void {
    clearTimeout(this.#noteTimer);
    this.#noteTimer = undefined;
    const { log, metrics } = this.#options;
    const reason = 'requests_in_flight';
    const requestIds = this.#refusedIds.splice(0);
    const refused = requestIds.length;
    metrics.requests.inc({ operation: 'none', outcome: 'SHED' }, refused);
    metrics.refusals.inc({ reason }, refused);
    log.warn({ reason, refused, requestIds }, 'too many requests in flight');
  }
}
