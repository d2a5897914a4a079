import { DiagLogLevel, diag, propagation, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import type { TraceSettings } from '../config/traces.ts';
import { VERSION } from './version.ts';

/** Time to send one batch of spans, in milliseconds: the process waits for the last one before it exits. */
const EXPORT_TIMEOUT_MS = 2_000;

/**
 * Sends spans to an OpenTelemetry collector by OTLP over HTTP. The SDK reads where the collector is, headers, and the
 * service's name from the standard OTEL_ variables of the process. To be imported only where there are traces: it takes
 * long to load.
 *
 * @returns a function that sends the remaining spans and stops
 */
export function startTraces(settings: TraceSettings, log: Logger): () => Promise<void> {
  // The SDK's messages are stacks.
  const warn = (message: string) => log.warn({ reason: reasonIn(message) }, 'traces are lost');
  const ignore = () => {};
  diag.setLogger({ error: warn, warn, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.WARN);
  const Exporter = settings.protocol === 'http/json' ? JsonExporter : ProtobufExporter;
  const exporter = new Exporter({ timeoutMillis: EXPORT_TIMEOUT_MS });
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'lts-gateway', 'service.version': VERSION }))
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: createSampler(settings),
    spanProcessors: [new BatchSpanProcessor({ exporter, exportTimeoutMillis: EXPORT_TIMEOUT_MS })],
  });
  trace.setGlobalTracerProvider(provider);
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  return () => provider.shutdown().catch((error: Error) => warn(error.message));
}

function createSampler({ sampler, isParentBased, ratio }: TraceSettings): Sampler {
  const root = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
  }[sampler]();
  return isParentBased ? new ParentBasedSampler({ root }) : root;
}

function reasonIn(message: string): string {
  return /"message":"([^"]+)"/.exec(message)?.[1] ?? message.slice(0, 200);
}
