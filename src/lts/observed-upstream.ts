import { LtsFailure } from './lts-failure.ts';
import type { LtsUpstream } from './lts-upstream.ts';

/** An upstream that notes every call in the record of its request. */
export function observeUpstream(upstream: LtsUpstream): LtsUpstream {
  return {
    ...upstream,
    async call(call) {
      const startedAt = performance.now();
      const note = (status: number | null) => {
        const { calls, ms } = call.record.lts ?? { calls: 0, ms: 0 };
        call.record.lts = { calls: calls + 1, ms: ms + performance.now() - startedAt, status };
      };
      try {
        const reply = await upstream.call(call);
        note(reply.status);
        return reply;
      } catch (error) {
        note(error instanceof LtsFailure ? error.httpStatus : null);
        throw error;
      }
    },
  };
}
