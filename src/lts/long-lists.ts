import { setImmediate as nextIteration, setTimeout as sleep } from 'node:timers/promises';

/** Items of a list from which on it is long: one that takes some milliseconds to be made into a response. */
export const LONG_LIST = 200;

let turnsBefore: Promise<void> = Promise.resolve();

/**
 * Waits for its turn, one after another.
 *
 * To be awaited with a long list at hand. The whole response is made of the list then, before the next turn begins:
 * many long lists at the same time, or many responses from one that is shared, would otherwise be in memory together.
 * Between two turns there is as much time for other requests as the first one took.
 */
export function turnOfLongList(): Promise<void> {
  const turn = turnsBefore;
  turnsBefore = turn.then(async () => {
    const beganAt = performance.now();
    await nextIteration(); // what is made of the list is made until then
    await sleep(performance.now() - beganAt);
  });
  return turn;
}
