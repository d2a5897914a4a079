import { closedLoop } from '../load.ts';
import { type Bench, CONNECTIONS, measureSlice, type Slice, withParticipants } from '../participants.ts';

export interface CreateResult {
  readonly slices: readonly Slice[];
}

/** CPU time and memory that one creation of a log stream takes, with as many requests as the contender answers. */
export function measureCreate(bench: Bench): Promise<CreateResult> {
  const { options, shuffle, tell } = bench;
  return withParticipants('create', bench, async (participants) => {
    for (const { name, caller } of participants) {
      tell(`create: warming up ${name}`);
      await caller.checkCreate();
      await closedLoop(() => caller.create(), CONNECTIONS, options.warmUpSeconds);
    }
    const slices: Slice[] = [];
    for (let round = 1; round <= options.rounds; round += 1) {
      tell(`create: round ${round} of ${options.rounds}`);
      for (const participant of shuffle(participants)) {
        const load = () => closedLoop(() => participant.caller.create(), CONNECTIONS, options.seconds);
        slices.push(await measureSlice(participant, load));
      }
    }
    return { slices };
  });
}
