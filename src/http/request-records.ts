import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { tokenOf } from '../graphql/context.ts';
import { hashOf } from '../lts/token.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { RequestRecord } from '../telemetry/request-record.ts';
import { isProbe } from './probes.ts';

/** Enough of a token's hash to tell callers apart in a log, and too little to be a key to anything. */
const HASH_CHARACTERS = 12;

declare module 'fastify' {
  interface FastifyRequest {
    record: RequestRecord;
    /** Aborted when the caller has gone before the response was sent. */
    gone: AbortSignal;
  }
}

/**
 * Gives every request its record and its ID in the response, notices when the caller goes away, and in the
 * end writes the request's one line to the log and counts it.
 */
export function recordRequests(app: FastifyInstance, metrics: Metrics): void {
  app.decorateRequest('record');
  app.decorateRequest('gone');
  app.addHook('onRequest', async (request, reply) => recordRequest(request, reply, metrics));
}

/** For what is refused before any hook is asked. */
export function recordRequest(request: FastifyRequest, reply: FastifyReply, metrics: Metrics): void {
  const gone = new AbortController();
  request.record = { tokenHash: hashPrefixOf(request), trace: ROOT_CONTEXT };
  request.gone = gone.signal;
  reply.header('X-Request-Id', request.id);
  const isCounted = !isProbe(request);
  if (isCounted) metrics.requestsInFlight.inc();
  // Fastify's own hook is not called when the caller goes away.
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
    if (!isCounted) return;
    logLine(request, reply);
    count(request, reply, metrics);
  });
}

function logLine(request: FastifyRequest, reply: FastifyReply): void {
  const { tokenHash, traceId, operation, failure, lts } = request.record;
  request.log.info(
    {
      method: request.method,
      path: pathOf(request),
      ...(!request.gone.aborted && { status: reply.statusCode }),
      ms: Math.round(reply.elapsedTime),
      ...(traceId && { traceId }),
      ...(tokenHash && { tokenHash }),
      ...(operation && { operation: operation.name, type: operation.type }),
      outcome: request.gone.aborted ? 'CALLER_GONE' : (failure?.code ?? kindOf(request, reply.statusCode)),
      ...(failure && { kind: failure.kind }),
      ...(lts && { lts: { ...lts, ms: Math.round(lts.ms) } }),
    },
    'request',
  );
}

function count(request: FastifyRequest, reply: FastifyReply, metrics: Metrics): void {
  const operation = request.record.operation?.rootField ?? 'none';
  metrics.requestsInFlight.dec();
  const outcome = kindOf(request, reply.statusCode);
  metrics.requests.inc({ operation, outcome });
  if (outcome === 'BUG') metrics.bugs.inc();
  metrics.requestSeconds.observe({ operation }, reply.elapsedTime / 1_000);
}

function hashPrefixOf({ headers }: FastifyRequest): string | null {
  const token = tokenOf(headers);
  return token && hashOf(token).slice(0, HASH_CHARACTERS);
}

/** What came of a request, from a closed set. */
function kindOf({ record, gone }: FastifyRequest, status: number): string {
  if (gone.aborted) return 'CALLER_GONE';
  if (record.failure) return record.failure.kind;
  if (status < 400) return 'OK';
  return KIND_OF_STATUS[status] ?? 'REFUSED';
}

/** What was answered before GraphQL began. */
const KIND_OF_STATUS: Record<number, string> = { 429: 'THROTTLED', 500: 'BUG', 503: 'SHED' };

/** Path without the query string: a GET's query string holds the variables. */
function pathOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'unknown';
}
