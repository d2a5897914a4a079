import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Metrics } from '../telemetry/metrics.ts';
import { isProbe } from './probes.ts';

const MAX_CLIENT_CHARACTERS = 64;

/** Logs and counts every request when its response has ended, except those of probes. */
export function registerRequestLog(app: FastifyInstance, metrics: Metrics): void {
  app.addHook('onRequest', (request, reply, done) => {
    logWhenClosed(request, reply, metrics);
    done();
  });
}

/** Also for what Fastify refuses before it calls any hook. The request has its context. */
export function logWhenClosed(request: FastifyRequest, reply: FastifyReply, metrics: Metrics): void {
  if (isProbe(request)) return;
  metrics.requestsInFlight.inc();
  // Not Fastify's `onResponse`, which is not called when the caller closes the connection.
  reply.raw.once('close', () => {
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
      ...clientOf(request),
      ...(operation && { operation: operation.name, type: operation.type }),
      outcome: (!signal.aborted && failure?.code) || outcomeOf(request, reply.statusCode),
      ...(failure && { kind: failure.kind }),
      ...(refusal && { reason: refusal }),
      ...(lts && { lts: { ...lts, ms: Math.round(lts.ms) } }),
    },
    'request',
  );
}

/** The app, as Apollo's clients name themselves. */
function clientOf({ headers, requestContext: { caller } }: FastifyRequest): object {
  const read = (header: string) =>
    caller.withoutToken(String(headers[header] ?? '')).slice(0, MAX_CLIENT_CHARACTERS);
  const name = read('apollographql-client-name');
  const version = read('apollographql-client-version');
  return name || version ? { client: { ...(name && { name }), ...(version && { version }) } } : {};
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
