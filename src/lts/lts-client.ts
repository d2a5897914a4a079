import { STATUS_CODES } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { propagation, type Span, SpanKind, trace } from '@opentelemetry/api';
import type { RefusalReason, RequestContext } from '../request-context.ts';
import type { SharedResource } from '../shares.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { endSpan, startSpan } from '../telemetry/traces.ts';
import type { LtsCall } from './calls.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import { LtsFailed, overloaded, ownFailure } from './failure.ts';
import type { LtsTransport, TransportOptions } from './lts-transport.ts';
import { judge, type LtsResult } from './reply.ts';

/** Pause before a read is tried again, in milliseconds: half to all of it, at random, so that retries spread. */
const MAX_RETRY_PAUSE_MS = 100;

export interface SendOptions {
  /** Deadline in milliseconds, from name resolution to the last byte; the client's own when left out. */
  readonly timeoutMs?: number;
  /** Gives the call up, unless it is the one that tries whether LTS answers again. */
  readonly signal?: AbortSignal;
}

export interface LtsClientOptions {
  readonly metrics: Metrics;
  /** Deadline of a call in milliseconds, where the call sets none. */
  readonly timeoutMs: number;
  readonly circuitBreaker: CircuitBreaker;
  /** Calls of all callers that may be in flight. */
  readonly calls: SharedResource;
}

/** Calls one LTS for all callers: has each reply read, limits calls, and counts, traces and notes each. */
export class LtsClient {
  readonly #transport: LtsTransport;
  readonly #options: LtsClientOptions;
  readonly #serverAttributes: { 'server.address': string; 'server.port': number };
  /** When all calls of callers must have ended, by `performance.now()`; set when the gateway shuts down. */
  #endsAt = Number.POSITIVE_INFINITY;

  constructor(transport: LtsTransport, options: LtsClientOptions) {
    this.#transport = transport;
    this.#options = options;
    const { hostname, port, protocol } = new URL(transport.endpoint);
    this.#serverAttributes = {
      'server.address': hostname,
      'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
    };
  }

  /**
   * A read for a caller who waits for it: tried once more, within the deadline, when LTS is unavailable and has not said
   * until when, and given up when the caller has gone.
   *
   * @throws LtsFailed
   */
  async read<T>(call: LtsCall<T>, context: RequestContext): Promise<LtsResult<T>> {
    const { signal } = context;
    const giveUpAt = Math.min(performance.now() + this.#options.timeoutMs, this.#endsAt);
    try {
      return await this.send(call, context, { signal });
    } catch (error) {
      const isUnavailable =
        error instanceof LtsFailed &&
        error.failure.kind === 'UNAVAILABLE' && // a refusal by the gateway itself says until when
        error.failure.retryAfterSeconds === null;
      const pauseMs = MAX_RETRY_PAUSE_MS * (0.5 + Math.random() / 2);
      const timeoutMs = giveUpAt - performance.now() - pauseMs;
      if (!isUnavailable || timeoutMs <= 0) throw error;
      await sleep(pauseMs);
      if (signal.aborted) throw error;
      return await this.send(call, context, { signal, timeoutMs });
    }
  }

  /**
   * Sends a call once, with the caller's token.
   *
   * @throws LtsFailed when LTS refuses, fails, cannot be reached, or sends what cannot be read; of code
   *   GATEWAY.UNAUTHENTICATED or GATEWAY.OVERLOADED when no call was made
   */
  async send<T>(
    call: LtsCall<T>,
    context: RequestContext,
    { timeoutMs, signal }: SendOptions = {},
  ): Promise<LtsResult<T>> {
    const { token } = context.caller;
    if (token === null) throw ownFailure('GATEWAY.UNAUTHENTICATED');
    try {
      if (this.#endsAt < Number.POSITIVE_INFINITY && !call.isRead) throw overloaded('shutdown');
      return await this.#limit(call, context, (isTrial, giveWay) => {
        const signals = isTrial ? {} : { signal, giveWay };
        return this.#sendObserved(call, token, context, signals, timeoutMs);
      });
    } catch (error) {
      const refusal = error instanceof LtsFailed ? error.failure.refusal : undefined;
      if (refusal) this.#noteRefusal(refusal, context);
      throw error;
    }
  }

  /**
   * From now on no write is begun, and each call ends within so many milliseconds. The lists that show what became of a
   * write that was begun have times of their own.
   */
  drain(withinMs: number): void {
    this.#endsAt = performance.now() + withinMs;
  }

  close(): void {
    this.#transport.close();
  }

  /**
   * Makes a call, unless too many are in flight or the circuit is open. A read gives way to the call of an address that
   * has fewer in flight; a write does not, since it would be unknown what became of it.
   */
  async #limit<T>(
    { isRead, path: { projectId } }: LtsCall<T>,
    { caller: { address } }: RequestContext,
    send: (isTrial: boolean, giveWay?: AbortSignal) => Promise<LtsResult<T>>,
  ): Promise<LtsResult<T>> {
    const { circuitBreaker } = this.#options;
    const giveWay = isRead && new AbortController();
    const holding = this.#options.calls.take(address, 1, giveWay && (() => giveWay.abort()));
    if (holding === null) throw overloaded('calls_in_flight');
    const sendUnlessNeeded = async (isTrial: boolean) => {
      if (isTrial) holding.keep();
      try {
        return await send(isTrial, giveWay?.signal);
      } catch (error) {
        const gaveWay = giveWay?.signal.aborted && isCancelled(error);
        throw gaveWay ? overloaded('calls_in_flight') : error; // it says nothing about LTS
      }
    };
    try {
      return await circuitBreaker(sendUnlessNeeded, { address, projectId });
    } finally {
      holding.release();
    }
  }

  /** Sends a call and notes what came of it in the metrics, in a span and in the request's summary. */
  async #sendObserved<T>(
    call: LtsCall<T>,
    token: string,
    context: RequestContext,
    signals: Pick<TransportOptions, 'signal' | 'giveWay'>,
    timeoutMs = Math.min(this.#options.timeoutMs, this.#endsAt - performance.now()),
  ): Promise<LtsResult<T>> {
    const { metrics } = this.#options;
    const { summary } = context;
    const endpoint = `${call.method} ${call.path.template}`;
    const span = this.#startSpan(call, context);
    const startedAt = performance.now();
    let status: number | null = null;
    let kind = 'INTERNAL_ERROR';
    let error: string | undefined;
    metrics.callsInFlight.inc();
    try {
      const traceHeaders = headersOf(span, context);
      const options = { token, timeoutMs, ...signals, traceHeaders };
      const reply = await this.#transport.send(call, context, options);
      if ('status' in reply) status = reply.status;
      const result = judge(call, reply);
      kind = 'OK';
      return result;
    } catch (cause) {
      if (cause instanceof LtsFailed) {
        kind = cause.failure.kind;
        error = cause.failure.networkError;
      }
      throw cause;
    } finally {
      const ms = performance.now() - startedAt;
      metrics.callsInFlight.dec();
      metrics.calls.inc({ endpoint, kind, status: labelOf(status) });
      metrics.callSeconds.observe({ endpoint }, ms / 1_000);
      const before = summary.lts ?? { calls: 0, ms: 0 };
      summary.lts = { calls: before.calls + 1, ms: before.ms + ms, status, ...(error && { error }) };
      if (status !== null) span.setAttribute('http.response.status_code', status);
      endSpan(span, kind === 'OK' ? undefined : String(status ?? kind));
    }
  }

  #noteRefusal(reason: RefusalReason, { summary }: RequestContext): void {
    // What a total refuses is counted by it.
    if (reason !== 'calls_in_flight') this.#options.metrics.refusals.inc({ reason });
    summary.refusal = reason;
  }

  #startSpan({ method, path }: LtsCall<unknown>, context: RequestContext): Span {
    return startSpan(context, `${method} ${path.template}`, SpanKind.CLIENT, {
      ...this.#serverAttributes,
      'http.request.method': method,
      'url.full': `${this.#transport.endpoint}${path.filled}`,
      'url.template': path.template,
    });
  }
}

const isCancelled = (error: unknown) =>
  error instanceof LtsFailed && error.failure.code === 'GATEWAY.CANCELLED';

/** `traceparent`, where the span is recorded. */
function headersOf(span: Span, { summary }: RequestContext): Record<string, string> {
  const headers = {};
  if (span.isRecording()) propagation.inject(trace.setSpan(summary.trace, span), headers);
  return headers;
}

/** Whatever status LTS sends, the label has one of some sixty values. */
function labelOf(status: number | null): string {
  if (status === null) return 'none';
  return status in STATUS_CODES ? String(status) : 'other';
}
