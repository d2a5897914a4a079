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

/** Makes the gateway's spans. They are not recorded, and cost next to nothing, unless `startTraces` was called. */
export const tracer = trace.getTracer('lts-gateway');

/** The span in a caller's `traceparent`, if any. Not `tracestate`: that can be anything. */
export function parentOf({ traceparent }: IncomingHttpHeaders): Context {
  return propagation.extract(ROOT_CONTEXT, { traceparent });
}

/** Ends a span, as a failure if there was one. */
export function endSpan(span: Span, failure?: string): void {
  if (failure !== undefined)
    span.setAttribute('error.type', failure).setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

/**
 * Sends spans to an OpenTelemetry collector by OTLP over HTTP. The SDK is loaded only here.
 *
 * @param endpoint base URL of the collector; headers, service name and the like come from the standard OTEL_ variables
 * @returns a function that sends the remaining spans and stops
 */
export async function startTraces(endpoint: string, log: Logger): Promise<() => Promise<void>> {
  const { startSdk } = await import('./traces-sdk.ts');
  return startSdk(endpoint, log);
}
