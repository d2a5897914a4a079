import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import createError from '@fastify/error';
import type { FastifyInstance } from 'fastify';
import type { SharedResource } from '../shares.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { RefusalLog } from '../telemetry/refusals.ts';
import type { Turns } from '../turns.ts';
import type { AddressOf } from './caller.ts';
import { corsHeaders } from './checks.ts';
import { errorBody } from './error-replies.ts';
import { languageOf, refusalTypeOf } from './negotiation.ts';
import { isProbePath } from './probes.ts';
import { requestIdOf } from './request.ts';

const Overloaded = createError('OVERLOADED', 'The gateway is too busy. Try again shortly.', 503);
/** One for all refusals, which must be cheap. */
const OVERLOADED = new Overloaded();
const RETRY_AFTER_SECONDS = 5;

export interface AdmissionControlOptions {
  readonly requests: SharedResource;
  readonly turns: Turns;
  readonly addressOf: AddressOf;
  readonly metrics: Metrics;
  readonly refusals: RefusalLog;
  /** Origins whose pages must be able to read a refusal. */
  readonly corsOrigins: readonly string[];
}

/**
 * Decides whether a request may begin now, and answers 503 if not. A request is in flight from when all of it has
 * arrived until its response is handed to the connection: slow callers do not count.
 */
export class AdmissionControl {
  readonly #options: AdmissionControlOptions;

  constructor(options: AdmissionControlOptions) {
    this.#options = options;
  }

  /** Refuses requests before anything is done for them, and has the others begin in turn. Probes begin at once. */
  admit(handle: RequestListener): RequestListener {
    const { requests, turns, addressOf } = this.#options;
    return (request, response) => {
      const address = addressOf(request);
      if (isProbePath(request.url)) handle(request, response);
      else if (!requests.hasRoomFor(address, 1)) this.#refuse(request, response);
      else {
        turns.run(address, () => {
          // Fastify would wait for the end of a response that has been closed already.
          if (!request.socket.destroyed) handle(request, response);
        });
      }
    };
  }

  /** Has the requests to the routes of a scope executed in turn, once they have arrived; refuses those that are too many. */
  register(scope: FastifyInstance): void {
    const { refusals, requests, turns } = this.#options;
    scope.addHook('preValidation', (request, reply, done) => {
      const { caller, summary } = request.requestContext;
      const holding = requests.take(caller.address, 1);
      if (holding === null) {
        refusals.note(requests.describe(), request.id);
        summary.refusal = 'requests_in_flight';
        reply.header('Retry-After', RETRY_AFTER_SECONDS);
        done(OVERLOADED);
        return;
      }
      const end = () => holding.release();
      turns.run(caller.address, () => {
        // What waits for its turn is in memory, also when its caller has gone.
        if (reply.raw.destroyed) return end();
        reply.raw.once('prefinish', end);
        reply.raw.once('close', end);
        done();
      });
    });
  }

  /** A refusal must be cheap, to leave time for answers: it is written without Fastify, and logged with others. */
  #refuse(request: IncomingMessage, response: ServerResponse): void {
    const { corsOrigins, metrics, refusals, requests } = this.#options;
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
    metrics.requests.inc({ operation: 'none', outcome: 'SHED' });
    refusals.note(requests.describe(), requestId);
  }
}
