import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { GUARD } from '../lts/guarded-upstream.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { RETRY_AFTER_S, tooBusy } from './load-shedding.ts';
import { PROBES } from './probes.ts';
import { requestIdOf } from './request-id.ts';
import { Turnstile } from './turnstile.ts';
import { whenOver } from './when-over.ts';

/**
 * Requests in flight together: as many as may call LTS or wait for it. Whoever came on top would be refused there,
 * after all the work of reading and checking the operation. One core answers some 1,000 a second, so that this
 * many are a third of a second's work.
 */
export const MOST_IN_FLIGHT = GUARD.inFlight + GUARD.waiting;

export interface DoorOptions {
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Origins whose pages must be able to read a refusal. */
  readonly corsOrigins: readonly string[];
}

/**
 * Lets no more requests in than can be answered, and refuses the rest before anything is done for them: what is
 * spent on refusals is lacking for answers. So there is one line in the log for each second of them.
 */
export function guardDoor(
  handle: RequestListener,
  { metrics, log, corsOrigins }: DoorOptions,
): RequestListener {
  const turnstile = new Turnstile();
  let inFlight = 0;
  let refused = 0;

  const refuse = (request: IncomingMessage, response: ServerResponse) => {
    const requestId = requestIdOf(request);
    const body = JSON.stringify(tooBusy(requestId));
    const origin = request.headers.origin ?? '';
    response.writeHead(503, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(body),
      'Retry-After': RETRY_AFTER_S,
      'X-Request-Id': requestId,
      ...(corsOrigins.includes(origin) && { 'Access-Control-Allow-Origin': origin, Vary: 'Origin' }),
    });
    response.end(body);
    metrics.requests.inc({ operation: 'none', outcome: 'SHED' });
    if (refused === 0) setTimeout(tellOfRefusals, 1_000).unref();
    refused += 1;
  };
  const tellOfRefusals = () => {
    log.warn({ refused }, 'too many requests in flight');
    refused = 0;
  };

  return (request, response) => {
    if (PROBES.has(request.url ?? '')) {
      handle(request, response);
      return;
    }
    if (inFlight >= MOST_IN_FLIGHT) {
      refuse(request, response);
      return;
    }
    inFlight += 1;
    whenOver(request, response, () => {
      inFlight -= 1;
    });
    turnstile.pass(() => handle(request, response));
  };
}
