import { STATUS_CODES } from 'node:http';
import { SpanKind } from '@opentelemetry/api';
import type { Metrics } from '../telemetry/metrics.ts';
import { endSpan, traceparentOf, tracer } from '../telemetry/traces.ts';
import { failureOfReply, isReadable, LtsFailure } from './lts-failure.ts';
import type { LtsCall, LtsUpstream } from './lts-upstream.ts';
import { withoutToken } from './token.ts';

/** An upstream that counts every call, gives it a span, and notes it in the record of its request. */
export function observeUpstream(upstream: LtsUpstream, metrics: Metrics): LtsUpstream {
  const { hostname, port, protocol } = new URL(upstream.endpoint);
  const server = {
    'server.address': hostname,
    'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
  };
  const startSpan = (call: LtsCall) =>
    tracer.startSpan(
      endpointOf(call),
      {
        kind: SpanKind.CLIENT,
        attributes: {
          ...server,
          'http.request.method': call.method,
          'url.full': withoutToken(`${upstream.endpoint}${call.path.filled}`, call.token),
          'url.template': call.path.template,
        },
      },
      call.record.trace,
    );

  return {
    ...upstream,
    async call(call) {
      const startedAt = performance.now();
      const span = startSpan(call);
      metrics.callsInFlight.inc();
      const note = (status: number | null, kind: string, error?: string) => {
        const callMs = performance.now() - startedAt;
        const endpoint = endpointOf(call);
        metrics.callsInFlight.dec();
        metrics.calls.inc({ endpoint, kind, status: labelOf(status) });
        metrics.callSeconds.observe({ endpoint }, callMs / 1_000);
        const { calls, ms } = call.record.lts ?? { calls: 0, ms: 0 };
        call.record.lts = { calls: calls + 1, ms: ms + callMs, status, ...(error && { error }) };
        if (status !== null) span.setAttribute('http.response.status_code', status);
        endSpan(span, kind === 'OK' ? undefined : String(status ?? kind));
      };

      try {
        const reply = await upstream.call({ ...call, traceparent: traceparentOf(span) });
        note(reply.status, isReadable(reply, call.method) ? 'OK' : failureOfReply(reply, call.token).kind);
        return reply;
      } catch (error) {
        const failure = error instanceof LtsFailure ? error : null;
        note(failure?.httpStatus ?? null, failure?.kind ?? 'BUG', failure?.reason);
        throw error;
      }
    },
  };
}

/** From a closed set, whoever the caller. */
function endpointOf({ method, path }: LtsCall): string {
  return `${method} ${path.template}`;
}

/** Whatever an upstream may answer with, the label has one of some sixty values. */
function labelOf(status: number | null): string {
  if (status === null) return 'none';
  return status in STATUS_CODES ? String(status) : 'other';
}
