import type { IncomingHttpHeaders } from 'node:http';
import {
  type Attributes,
  type Context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { RequestContext } from '../request-context.ts';

/** Makes the gateway's spans. They are not recorded, and cost next to nothing, unless `startTraces` of `traces-sdk.ts` was called. */
const tracer = trace.getTracer('lts-gateway');

/** Starts a span within another one. The caller's credentials are removed from its attributes. */
export function startSpan(
  { caller, summary }: Pick<RequestContext, 'caller' | 'summary'>,
  name: string,
  kind: SpanKind,
  attributes: Attributes,
): Span {
  const span = tracer.startSpan(name, { kind }, summary.trace);
  if (span.isRecording()) span.setAttributes(caller.withoutToken(attributes));
  return span;
}

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
