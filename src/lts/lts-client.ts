import { STATUS_CODES } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { propagation, type Span, SpanKind, trace } from '@opentelemetry/api';
import type { Metrics, RefusalReason } from '../telemetry/metrics.ts';
import type { RequestContext } from '../telemetry/request-context.ts';
import { endSpan, tracer } from '../telemetry/traces.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import { LtsErrorKind } from './failure-kinds.ts';
import { LtsFailure, overloaded, ownFailure } from './lts-failure.ts';
import type { LtsPath } from './lts-path.ts';
import { readReply } from './lts-reply.ts';
import type { LtsTransport } from './lts-transport.ts';

/** Calls to LTS in flight in this process; more are refused. */
export const MAX_CALLS_IN_FLIGHT = 320;

/** Pause before a read is tried again, in milliseconds: half to all of it, at random, so that retries spread. */
const MAX_RETRY_PAUSE_MS = 100;

/** One call to LTS, and how the body of a success is read. */
export interface LtsCall<T> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: LtsPath;
  readonly body?: Record<string, unknown>;
  /**
   * Whether sending it twice does the same as once, so that an app may try again after any failure. Otherwise a failure
   * is retryable only if LTS has certainly not carried it out.
   */
  readonly idempotent: boolean;
  /** The error code with which LTS says, on the API page of the operation, that it has failed to carry it out. */
  readonly notAppliedCode?: string;
  /** Reads the body of a success, which is `undefined` where LTS sends none; throws UnreadableBody. */
  readonly read: (body: unknown) => T;
}

export interface LtsResult<T> {
  readonly value: T;
  /** LTS's clock when it answered, to the second. */
  readonly date: Date | null;
}

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
  readonly maxCallsInFlight?: number;
}

/** Calls one LTS for all callers: has each reply read, limits calls, and counts, traces and notes each. */
export class LtsClient {
  readonly #transport: LtsTransport;
  readonly #options: LtsClientOptions;
  readonly #maxCallsInFlight: number;
  readonly #serverAttributes: { 'server.address': string; 'server.port': number };
  #callsInFlight = 0;

  constructor(transport: LtsTransport, options: LtsClientOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#maxCallsInFlight = options.maxCallsInFlight ?? MAX_CALLS_IN_FLIGHT;
    const { hostname, port, protocol } = new URL(transport.endpoint);
    this.#serverAttributes = {
      'server.address': hostname,
      'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
    };
  }

  /**
   * A GET for a caller who waits for it: tried once more, within the deadline, when LTS is unavailable and has not said
   * until when, and given up when the caller has gone.
   *
   * @throws LtsFailure
   */
  async get<T>(path: LtsPath, read: (body: unknown) => T, context: RequestContext): Promise<T> {
    const { signal } = context;
    const giveUpAt = performance.now() + this.#options.timeoutMs;
    const call = { method: 'GET', path, idempotent: true, read } as const;
    try {
      return (await this.send(call, context, { signal })).value;
    } catch (error) {
      const isUnavailable =
        error instanceof LtsFailure &&
        error.isOutage &&
        error.kind === LtsErrorKind.UNAVAILABLE &&
        error.retryAfterSeconds === null;
      const pauseMs = MAX_RETRY_PAUSE_MS * (0.5 + Math.random() / 2);
      const timeoutMs = giveUpAt - performance.now() - pauseMs;
      if (!isUnavailable || timeoutMs <= 0) throw error;
      await sleep(pauseMs);
      if (signal.aborted) throw error;
      return (await this.send(call, context, { signal, timeoutMs })).value;
    }
  }

  /**
   * Sends a call once, with the caller's token.
   *
   * @throws LtsFailure when LTS refuses, fails, cannot be reached, or sends what cannot be read; of code
   *   GATEWAY.UNAUTHENTICATED or GATEWAY.OVERLOADED when no call was made
   */
  async send<T>(call: LtsCall<T>, context: RequestContext, options: SendOptions = {}): Promise<LtsResult<T>> {
    const { token } = context.caller;
    if (token === null) throw ownFailure('GATEWAY.UNAUTHENTICATED');
    const { signal, ...withoutSignal } = options;
    try {
      return await this.#limit((isTrial) =>
        this.#observe(call, token, context, isTrial ? withoutSignal : options),
      );
    } catch (error) {
      if (!(error instanceof LtsFailure)) throw error;
      if (error.refusal) this.#noteRefusal(error.refusal, context);
      if (call.method === 'GET') throw error.with({ mayHaveTakenEffect: false });
      const isUncertain = !call.idempotent && error.mayHaveTakenEffect;
      throw isUncertain ? error.with({ isRetryable: false }) : error;
    }
  }

  close(): void {
    this.#transport.close();
  }

  /** Makes a call, unless too many are in flight or the circuit is open. */
  async #limit<T>(call: (isTrial: boolean) => Promise<T>): Promise<T> {
    if (this.#callsInFlight >= this.#maxCallsInFlight) throw overloaded('calls_in_flight');
    this.#callsInFlight += 1;
    try {
      return await this.#options.circuitBreaker(call);
    } finally {
      this.#callsInFlight -= 1;
    }
  }

  /** Sends a call and notes what came of it in the metrics, in a span and in the request's summary. */
  async #observe<T>(
    call: LtsCall<T>,
    token: string,
    context: RequestContext,
    { timeoutMs = this.#options.timeoutMs, signal }: SendOptions,
  ): Promise<LtsResult<T>> {
    const { metrics } = this.#options;
    const { caller, summary } = context;
    const { method, path, body } = call;
    const endpoint = `${method} ${path.template}`;
    const span = this.#startSpan(call, context);
    const startedAt = performance.now();
    let status: number | null = null;
    let kind = 'INTERNAL_ERROR';
    let error: string | undefined;
    metrics.callsInFlight.inc();
    try {
      const reply = await this.#transport.send({
        method,
        path: `${path.filled}${path.query}`,
        body,
        token,
        signal,
        timeoutMs,
        traceHeaders: headersOf(span, context),
      });
      status = reply.status;
      const value = readReply(reply, caller, call);
      kind = 'OK';
      return { value, date: reply.date };
    } catch (cause) {
      if (cause instanceof LtsFailure) {
        kind = cause.kind;
        error = cause.networkError;
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
    const { metrics } = this.#options;
    metrics.refusals.inc({ reason });
    if (reason === 'circuit_open') metrics.callsRefused.inc({ reason });
    if (reason === 'calls_in_flight') metrics.callsRefused.inc({ reason: 'too_many_in_flight' });
    summary.refusal = reason;
  }

  #startSpan({ method, path }: LtsCall<unknown>, { caller, summary }: RequestContext): Span {
    const attributes = {
      ...this.#serverAttributes,
      'http.request.method': method,
      'url.full': caller.withoutToken(`${this.#transport.endpoint}${path.filled}`),
      'url.template': path.template,
    };
    return tracer.startSpan(
      `${method} ${path.template}`,
      { kind: SpanKind.CLIENT, attributes },
      summary.trace,
    );
  }
}

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
