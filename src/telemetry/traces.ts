import type { IncomingHttpHeaders } from 'node:http';
import {
  type Context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { Logger } from 'pino';

/** The gateway's spans; they go nowhere, and cost next to nothing, unless `startTraces` has been called. */
export const tracer = trace.getTracer('lts-gateway');

/** What a caller's `traceparent` says, else the beginning of a trace. `tracestate` can be anything: it stays out. */
export function traceOf({ traceparent }: IncomingHttpHeaders): Context {
  return propagation.extract(ROOT_CONTEXT, { traceparent });
}

/** The `traceparent` header for what is called within a span, if that is recorded at all. */
export function traceparentOf(span: Span): string | null {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return span.isRecording() ? `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}` : null;
}

/** Ends a span, as a failure if there was one. */
export function endSpan(span: Span, failure?: string): void {
  if (failure !== undefined)
    span.setAttribute('error.type', failure).setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

/**
 * Sends spans to an OpenTelemetry collector by OTLP over HTTP. Only here the SDK is loaded.
 *
 * @param endpoint base URL of the collector; headers, service name and the like come from the standard OTEL_ variables
 * @returns what sends the spans still waiting, and ends the rest
 */
export async function startTraces(endpoint: string, log: Logger): Promise<() => Promise<void>> {
  const { startSdk } = await import('./traces-sdk.ts');
  return startSdk(endpoint, log);
}
