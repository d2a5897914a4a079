import { SpanKind, trace } from '@opentelemetry/api';
import type { FastifyInstance } from 'fastify';
import { endSpan, traceOf, tracer } from '../telemetry/traces.ts';
import { isProbe } from './probes.ts';

/** Gives every request but the probes' a server span; what happens within it finds it in the request's record. */
export function traceRequests(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (isProbe(request)) return;
    const route = request.routeOptions.url;
    const caller = traceOf(request.headers);
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
      caller,
    );
    request.record.trace = trace.setSpan(caller, span);
    if (span.isRecording()) request.record.traceId = span.spanContext().traceId;
    reply.raw.once('close', () => {
      span.setAttribute('http.response.status_code', reply.statusCode);
      endSpan(span, reply.statusCode >= 500 ? String(reply.statusCode) : undefined);
    });
  });
}
