import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RequestContext } from '../request-context.ts';
import { createAnswerMemory, type SharedResource } from '../shares.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { endSpan, parentOf, startSpan } from '../telemetry/traces.ts';
import type { Turns } from '../turns.ts';
import { type AddressOf, callerOf, credentialsIn } from './caller.ts';
import { languageOf } from './negotiation.ts';
import { isProbe } from './probes.ts';

const MAX_CLIENT_CHARACTERS = 64;

/** Shorter pieces may be in a token by chance. */
const MIN_PIECE_CHARACTERS = 8;

declare module 'fastify' {
  interface FastifyRequest {
    requestContext: RequestContext;
  }
}

export interface RequestOptions {
  readonly addressOf: AddressOf;
  readonly answerBytes: SharedResource;
  readonly turns: Turns;
  readonly metrics: Metrics;
}

/**
 * Gives every request its context, and its response the request's ID; logs, counts and traces it when its response has
 * ended, except those of probes.
 */
export function registerRequests(app: FastifyInstance, options: RequestOptions): void {
  app.decorateRequest('requestContext');
  app.addHook('onRequest', (request, reply, done) => {
    beginRequest(request, reply, options);
    if (!isProbe(request)) traceRequest(request, reply);
    done();
  });
}

/** Also for what Fastify refuses before it calls any hook. */
export function beginRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  { addressOf, answerBytes, turns, metrics }: RequestOptions,
): void {
  const closed = new AbortController();
  setMaxListeners(0, closed.signal); // each call to LTS listens, and Node.js would warn of more than ten
  const caller = callerOf(request.raw, addressOf);
  const answer = createAnswerMemory(answerBytes.open(caller.address));
  request.requestContext = {
    requestId: request.id,
    caller,
    language: languageOf(request.raw),
    signal: closed.signal,
    memory: answer,
    waitForTurn: (kind) =>
      kind ? answer.during(turns.waitLong(caller.address, request, kind)) : turns.wait(caller.address),
    log: {
      info: (fields, message) => request.log.info(caller.withoutToken(fields), message),
      error: (fields, message) => request.log.error(caller.withoutToken(fields), message),
    },
    summary: { trace: ROOT_CONTEXT },
  };
  reply.header('X-Request-Id', request.id);
  // What waits to be taken from then on is counted as what it is.
  reply.raw.prependOnceListener('prefinish', answer.end);
  reply.raw.once('close', () => {
    answer.end();
    if (!reply.raw.writableFinished) closed.abort();
  });
  if (isProbe(request)) return;
  reply.header('Vary', 'Accept-Language'); // CORS adds `Origin`
  metrics.requestsInFlight.inc();
  // Not Fastify's `onResponse`, which is not called when the caller closes the connection.
  reply.raw.once('close', () => {
    logRequest(request, reply);
    countRequest(request, reply, metrics);
  });
}

/** The caller's `X-Request-Id` if it is well-formed (1-64 of `A-Z a-z 0-9 . _ -`), else a new one. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  if (typeof given !== 'string' || !/^[A-Za-z0-9._-]{1,64}$/.test(given)) return randomUUID();
  return isPartOfToken(given, headers) ? randomUUID() : given;
}

/** A client may send its token, or a piece of it, as the ID by mistake: it must not be logged or returned. */
function isPartOfToken(given: string, headers: IncomingHttpHeaders): boolean {
  return credentialsIn(headers).some(
    (credential) =>
      (given.length >= MIN_PIECE_CHARACTERS && credential.includes(given)) ||
      (credential.length >= MIN_PIECE_CHARACTERS && given.includes(credential)),
  );
}

/** Gives a request a server span. The request's summary has it for spans within. */
function traceRequest(request: FastifyRequest, reply: FastifyReply): void {
  const { summary } = request.requestContext;
  const route = request.routeOptions.url;
  summary.trace = parentOf(request.headers);
  const name = route ? `${request.method} ${route}` : request.method;
  const span = startSpan(request.requestContext, name, SpanKind.SERVER, {
    'http.request.method': request.method,
    'url.scheme': request.protocol,
    ...(route && { 'http.route': route, 'url.path': route }),
  });
  summary.trace = trace.setSpan(summary.trace, span);
  if (span.isRecording()) summary.traceId = span.spanContext().traceId;
  reply.raw.once('close', () => {
    span.setAttribute('http.response.status_code', reply.statusCode);
    endSpan(span, reply.statusCode >= 500 ? String(reply.statusCode) : undefined);
  });
}

function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  const { caller, log, signal, summary } = request.requestContext;
  const { traceId, operation, failure, refusal, lts } = summary;
  log.info(
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
  // Of a token that is cut, the log would not know that it is one.
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
