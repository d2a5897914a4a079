import { STATUS_CODES } from 'node:http';
import { type Span, SpanKind } from '@opentelemetry/api';
import type { Metrics } from '../telemetry/metrics.ts';
import type { RequestRecord } from '../telemetry/request-record.ts';
import { endSpan, traceparentOf, tracer } from '../telemetry/traces.ts';
import type { CallGuard } from './call-guard.ts';
import { LtsFailure } from './lts-failure.ts';
import type { LtsPath } from './lts-path.ts';
import { readReply } from './lts-reply.ts';
import type { LtsTransport } from './lts-transport.ts';
import { withoutToken } from './token.ts';

/** What every call to LTS says. */
interface Call<T> {
  readonly path: LtsPath;
  /** Reads the body of a success; throws UnreadableBody. */
  readonly read: (body: unknown) => T;
}

/** A call that changes nothing, and so may be made again. */
export interface ReadCall<T> extends Call<T> {
  readonly method: 'GET';
}

/** A call that changes something: it is sent once. */
export interface WriteCall<T> extends Call<T> {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly body?: Record<string, unknown>;
}

/** The request on whose behalf LTS is called. */
export interface LtsRequest {
  /** What is noted about it, its calls to LTS included. */
  readonly record: RequestRecord;
  /** Aborted when nobody waits for the response any more. */
  readonly gone: AbortSignal;
}

/** For whom a call is made, and how long it may take. */
export interface CallOptions {
  readonly token: string;
  /** Of the request on whose behalf it is made: that of the first one where several share the call. */
  readonly record: RequestRecord;
  /** Deadline in milliseconds, from the wait for its turn to the last byte; the client's own when left out. */
  readonly timeoutMs?: number;
  /** Gives the call up: nobody waits for it any more. */
  readonly signal?: AbortSignal;
}

export interface Answer<T> {
  readonly value: T;
  /** LTS's clock when it answered, to the second. */
  readonly date: Date | null;
}

export interface LtsClientOptions {
  readonly metrics: Metrics;
  /** Deadline of a call in milliseconds, where the call sets none. */
  readonly timeoutMs: number;
  /** May refuse to make a call. */
  readonly guard: CallGuard;
}

/**
 * Calls one LTS for all callers: what a call comes to is decided here once, and counted, traced and noted as the
 * caller is told.
 */
export class LtsClient {
  readonly timeoutMs: number;
  readonly #transport: LtsTransport;
  readonly #metrics: Metrics;
  readonly #guard: CallGuard;
  readonly #serverAttributes: { 'server.address': string; 'server.port': number };

  constructor(transport: LtsTransport, { metrics, timeoutMs, guard }: LtsClientOptions) {
    this.timeoutMs = timeoutMs;
    this.#transport = transport;
    this.#metrics = metrics;
    this.#guard = guard;
    const { hostname, port, protocol } = new URL(transport.endpoint);
    this.#serverAttributes = {
      'server.address': hostname,
      'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
    };
  }

  /** @throws LtsFailure when LTS refuses, fails, cannot be reached, or says what cannot be read */
  send<T>(call: ReadCall<T> | WriteCall<T>, options: CallOptions): Promise<Answer<T>> {
    const giveUpAt = performance.now() + (options.timeoutMs ?? this.timeoutMs);
    return this.#guard(() => this.#observe(call, options, giveUpAt - performance.now()));
  }

  close(): void {
    this.#transport.close();
  }

  async #observe<T>(
    call: ReadCall<T> | WriteCall<T>,
    options: CallOptions,
    timeoutMs: number,
  ): Promise<Answer<T>> {
    const startedAt = performance.now();
    const span = this.#startSpan(call, options);
    let status: number | null = null;
    const note = (kind: string, reason?: string) => {
      const ms = performance.now() - startedAt;
      const endpoint = endpointOf(call);
      this.#metrics.callsInFlight.dec();
      this.#metrics.calls.inc({ endpoint, kind, status: labelOf(status) });
      this.#metrics.callSeconds.observe({ endpoint }, ms / 1_000);
      noteInRecord(options.record, ms, status, reason);
      if (status !== null) span.setAttribute('http.response.status_code', status);
      endSpan(span, kind === 'OK' ? undefined : String(status ?? kind));
    };

    this.#metrics.callsInFlight.inc();
    try {
      const { method, path, read } = call;
      const reply = await this.#transport.send({
        method,
        path: path.filled,
        body: 'body' in call ? call.body : undefined,
        token: options.token,
        signal: options.signal,
        timeoutMs,
        traceparent: traceparentOf(span),
      });
      status = reply.status;
      const value = readReply(reply, options.token, read);
      note('OK');
      return { value, date: reply.date };
    } catch (error) {
      if (error instanceof LtsFailure) note(error.kind, error.reason);
      else note('BUG');
      throw error;
    }
  }

  #startSpan(call: ReadCall<unknown> | WriteCall<unknown>, { token, record }: CallOptions): Span {
    const { method, path } = call;
    const attributes = {
      ...this.#serverAttributes,
      'http.request.method': method,
      'url.full': withoutToken(`${this.#transport.endpoint}${path.filled}`, token),
      'url.template': path.template,
    };
    return tracer.startSpan(endpointOf(call), { kind: SpanKind.CLIENT, attributes }, record.trace);
  }
}

function noteInRecord(record: RequestRecord, callMs: number, status: number | null, error?: string): void {
  const { calls, ms } = record.lts ?? { calls: 0, ms: 0 };
  record.lts = { calls: calls + 1, ms: ms + callMs, status, ...(error && { error }) };
}

/** From a closed set, whoever the caller. */
function endpointOf({ method, path }: ReadCall<unknown> | WriteCall<unknown>): string {
  return `${method} ${path.template}`;
}

/** Whatever LTS may answer with, the label has one of some sixty values. */
function labelOf(status: number | null): string {
  if (status === null) return 'none';
  return status in STATUS_CODES ? String(status) : 'other';
}
