import { closedLoop, openLoop } from '../load.ts';
import { type Bench, CONNECTIONS, withParticipants } from '../participants.ts';
import { quantile } from '../statistics.ts';

export interface LatencyResult {
  readonly slices: readonly {
    readonly contender: string;
    /** Requests a second that were offered: half of what the contender answered just before. */
    readonly perSecond: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
  }[];
}

/** How long callers wait for a creation at half of the rate that the contender can answer. */
export function measureLatency(bench: Bench): Promise<LatencyResult> {
  const { options, shuffle, tell } = bench;
  const rounds = Math.ceil(options.rounds / 3);
  return withParticipants('latency', bench, async (participants) => {
    for (const { name, caller } of participants) {
      tell(`latency: warming up ${name}`);
      await caller.checkCreate();
      await closedLoop(() => caller.create(), CONNECTIONS, options.warmUpSeconds);
    }
    const slices: LatencyResult['slices'][number][] = [];
    for (let round = 1; round <= rounds; round += 1) {
      tell(`latency: round ${round} of ${rounds}`);
      for (const { name, caller } of shuffle(participants)) {
        // Measured anew each time, since a machine's speed changes.
        const peak = await closedLoop(() => caller.create(), CONNECTIONS, options.seconds);
        const perSecond = peak.requests / peak.seconds / 2;
        const latencies = await openLoop(() => caller.create(), perSecond, options.seconds);
        slices.push({
          contender: name,
          perSecond,
          p50Ms: quantile(latencies, 0.5),
          p99Ms: quantile(latencies, 0.99),
        });
      }
    }
    return { slices };
  });
}
