import { setTimeout as sleep } from 'node:timers/promises';

/** Sends one request and waits for its answer; throws if that is wrong. */
export type Send = () => Promise<void>;

/** So many callers, each with one request in flight all the time. */
export async function closedLoop(
  send: Send,
  callers: number,
  seconds: number,
): Promise<{ requests: number; seconds: number }> {
  const startAt = performance.now();
  let requests = 0;
  const call = async () => {
    while (performance.now() - startAt < seconds * 1_000) {
      await send();
      requests += 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return { requests, seconds: (performance.now() - startAt) / 1_000 };
}

/**
 * So many requests a second by the clock, whatever becomes of them.
 *
 * @returns milliseconds from when each request was due to its answer: a request that the contender's slowness holds back
 * has waited already
 */
export async function openLoop(send: Send, perSecond: number, seconds: number): Promise<number[]> {
  const total = Math.round(perSecond * seconds);
  const startAt = performance.now();
  const latencies: number[] = [];
  const answers: Promise<unknown>[] = [];
  const failures: unknown[] = [];
  while (answers.length < total && failures.length === 0) {
    const due = Math.min(total, ((performance.now() - startAt) / 1_000) * perSecond);
    while (answers.length < due) {
      const dueAt = startAt + (answers.length / perSecond) * 1_000;
      const measure = () => latencies.push(performance.now() - dueAt);
      answers.push(send().then(measure, (error) => failures.push(error)));
    }
    // The timer's resolution: a request is sent up to about 1 ms late, and that counts.
    await sleep(1);
  }
  await Promise.all(answers);
  if (failures.length > 0) throw failures[0];
  return latencies;
}
