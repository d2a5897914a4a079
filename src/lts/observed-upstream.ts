import type { Metrics } from '../telemetry/metrics.ts';
import { failureOfReply, isSuccess, LtsFailure } from './lts-failure.ts';
import type { LtsCall, LtsUpstream } from './lts-upstream.ts';

/** An upstream that counts every call, and notes it in the record of its request. */
export function observeUpstream(upstream: LtsUpstream, metrics: Metrics): LtsUpstream {
  const note = (call: LtsCall, startedAt: number, status: number | null, kind: string) => {
    const callMs = performance.now() - startedAt;
    const endpoint = `${call.method} ${call.path.template}`;
    metrics.calls.inc({ endpoint, kind, status: String(status ?? 'none') });
    metrics.callSeconds.observe({ endpoint }, callMs / 1_000);
    const { calls, ms } = call.record.lts ?? { calls: 0, ms: 0 };
    call.record.lts = { calls: calls + 1, ms: ms + callMs, status };
  };

  return {
    ...upstream,
    async call(call) {
      const startedAt = performance.now();
      metrics.callsInFlight.inc();
      try {
        const reply = await upstream.call(call);
        note(
          call,
          startedAt,
          reply.status,
          isSuccess(reply.status) ? 'OK' : failureOfReply(reply, call.token).kind,
        );
        return reply;
      } catch (error) {
        if (error instanceof LtsFailure) note(call, startedAt, error.httpStatus, error.kind);
        throw error;
      } finally {
        metrics.callsInFlight.dec();
      }
    },
  };
}
