import { DiagLogLevel, diag, propagation, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import { VERSION } from './version.ts';

/** Time to send one batch of spans, in milliseconds: the process waits for the last one before it exits. */
const EXPORT_TIMEOUT_MS = 2_000;

/** See `startTraces`. A caller's trace is sampled if the caller says so, one that begins here always. */
export function startSdk(endpoint: string, log: Logger): () => Promise<void> {
  // The SDK's messages are stacks.
  const warn = (message: string) => log.warn({ reason: reasonIn(message) }, 'traces are lost');
  const ignore = () => {};
  diag.setLogger({ error: warn, warn, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.WARN);
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'lts-gateway', 'service.version': VERSION }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor({ exporter, exportTimeoutMillis: EXPORT_TIMEOUT_MS })],
  });
  trace.setGlobalTracerProvider(provider);
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  return () => provider.shutdown().catch((error: Error) => warn(error.message));
}

function reasonIn(message: string): string {
  return /"message":"([^"]+)"/.exec(message)?.[1] ?? message.slice(0, 200);
}
