import { SpanKind, trace } from '@opentelemetry/api';
import type { FastifyInstance } from 'fastify';
import { endSpan, parentOf, tracer } from '../telemetry/traces.ts';
import { isProbe } from './probes.ts';

/** Gives every request a server span, except those of probes. The request's summary has it for spans within. */
export function registerRequestTracing(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (isProbe(request)) return;
    const { summary } = request.requestContext;
    const route = request.routeOptions.url;
    const parent = parentOf(request.headers);
    const span = tracer.startSpan(
      route ? `${request.method} ${route}` : request.method,
      {
        kind: SpanKind.SERVER,
        attributes: {
          'http.request.method': request.method,
          'url.scheme': request.protocol,
          ...(route && { 'http.route': route, 'url.path': route }),
        },
      },
      parent,
    );
    summary.trace = trace.setSpan(parent, span);
    if (span.isRecording()) summary.traceId = span.spanContext().traceId;
    reply.raw.once('close', () => {
      span.setAttribute('http.response.status_code', reply.statusCode);
      endSpan(span, reply.statusCode >= 500 ? String(reply.statusCode) : undefined);
    });
  });
}
