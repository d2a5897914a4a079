import type { IncomingMessage } from 'node:http';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Caller, RequestContext } from '../telemetry/request-context.ts';
import { isProbe } from './probes.ts';

declare module 'fastify' {
  interface FastifyRequest {
    requestContext: RequestContext;
  }
}

export interface RequestLogOptions {
  readonly callerOf: (request: IncomingMessage) => Caller;
  readonly metrics: Metrics;
}

/** Gives every request its context, and logs and counts it when its response has ended. */
export function registerRequestLog(app: FastifyInstance, options: RequestLogOptions): void {
  app.decorateRequest('requestContext');
  app.addHook('onRequest', async (request, reply) => startRequest(request, reply, options));
}

/** Also for what Fastify refuses before it calls any hook. */
export function startRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  { callerOf, metrics }: RequestLogOptions,
): void {
  const closed = new AbortController();
  request.requestContext = {
    requestId: request.id,
    caller: callerOf(request.raw),
    signal: closed.signal,
    log: request.log,
    summary: { trace: ROOT_CONTEXT },
  };
  reply.header('X-Request-Id', request.id);
  const isCounted = !isProbe(request);
  if (isCounted) metrics.requestsInFlight.inc();
  // Not Fastify's `onResponse`, which is not called when the caller closes the connection.
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) closed.abort();
    if (!isCounted) return;
    logRequest(request, reply);
    countRequest(request, reply, metrics);
  });
}

function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  const { caller, signal, summary } = request.requestContext;
  const { traceId, operation, failure, refusal, lts } = summary;
  request.log.info(
    {
      method: request.method,
      path: pathOf(request),
      ...(!signal.aborted && { status: reply.statusCode }),
      ms: Math.round(reply.elapsedTime),
      ...(traceId && { traceId }),
      ...(caller.tokenHashPrefix && { tokenHash: caller.tokenHashPrefix }),
      ...(operation && { operation: operation.name, type: operation.type }),
      outcome: (!signal.aborted && failure?.code) || outcomeOf(request, reply.statusCode),
      ...(failure && { kind: failure.kind }),
      ...(refusal && { reason: refusal }),
      ...(lts && { lts: { ...lts, ms: Math.round(lts.ms) } }),
    },
    'request',
  );
}

function countRequest(request: FastifyRequest, reply: FastifyReply, metrics: Metrics): void {
  const operation = request.requestContext.summary.operation?.rootField ?? 'none';
  const outcome = outcomeOf(request, reply.statusCode);
  metrics.requestsInFlight.dec();
  metrics.requests.inc({ operation, outcome });
  if (outcome === 'INTERNAL_ERROR') metrics.bugs.inc();
  metrics.requestSeconds.observe({ operation }, reply.elapsedTime / 1_000);
}

/** What came of a request, from a closed set. */
function outcomeOf({ requestContext: { signal, summary } }: FastifyRequest, status: number): string {
  if (signal.aborted) return 'CLIENT_CLOSED_REQUEST';
  if (summary.failure) return summary.failure.kind;
  if (status < 400) return 'OK';
  return OUTCOME_OF_STATUS[status] ?? 'REFUSED';
}

/** What was answered before GraphQL began. */
const OUTCOME_OF_STATUS: Record<number, string> = { 429: 'THROTTLED', 500: 'INTERNAL_ERROR', 503: 'SHED' };

/** The route, not the URL: the query string of a GET holds the variables. */
function pathOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'unknown';
}
