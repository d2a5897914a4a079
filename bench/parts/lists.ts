import { closedLoop, openLoop } from '../load.ts';
import { LIST_SIZES } from '../operations.ts';
import { type Bench, measureSlice, type Slice, withParticipants } from '../participants.ts';
import { quantile } from '../statistics.ts';

/** Probes a second of the caller who waits behind the lists. */
export const PROBES_PER_SECOND = 100;

export interface ListsResult {
  readonly slices: readonly (Slice & {
    readonly size: number;
    /** What another caller waited for an answer that costs nothing. */
    readonly probeP50Ms: number;
    readonly probeP99Ms: number;
  })[];
}

/**
 * CPU time of long lists, one after the other, and what another caller waits meanwhile. Sizes go up, so that the most
 * memory so far is that of the size.
 */
export function measureLists(bench: Bench): Promise<ListsResult> {
  const { options, shuffle, tell } = bench;
  const rounds = Math.ceil(options.rounds / LIST_SIZES.length);
  return withParticipants('lists', bench, async (participants) => {
    const slices: ListsResult['slices'][number][] = [];
    for (const size of LIST_SIZES) {
      for (const { name, caller } of participants) {
        tell(`lists of ${size}: warming up ${name}`);
        await caller.checkList(size);
        await closedLoop(() => caller.list(size), 1, options.warmUpSeconds / LIST_SIZES.length);
      }
      for (let round = 1; round <= rounds; round += 1) {
        tell(`lists of ${size}: round ${round} of ${rounds}`);
        for (const participant of shuffle(participants)) {
          const { caller } = participant;
          let probes: number[] = [];
          const slice = await measureSlice(participant, async () => {
            const probing = openLoop(() => caller.probe(), PROBES_PER_SECOND, options.seconds);
            const [listed, latencies] = await Promise.all([
              closedLoop(() => caller.list(size), 1, options.seconds),
              probing,
            ]);
            probes = latencies;
            return listed;
          });
          slices.push({
            ...slice,
            size,
            probeP50Ms: quantile(probes, 0.5),
            probeP99Ms: quantile(probes, 0.99),
          });
        }
      }
    }
    return { slices };
  });
}
