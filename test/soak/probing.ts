import { setTimeout as sleep } from 'node:timers/promises';
import { connectTo } from './client.ts';

/** A probe without a 200 in this time has failed. */
const MOST_MS = 1_000;
const PAUSE_MS = 200;

export interface Probed {
  readonly count: number;
  readonly failed: number;
  readonly slowestMs: number;
}

/**
 * Asks `/livez` now and again, on a new connection each time, as an orchestrator does.
 *
 * @returns a function that ends it and tells how it went
 */
export function startProbing(url: string): () => Promise<Probed> {
  const client = connectTo(url, 10 * MOST_MS, 0);
  const probed = { count: 0, failed: 0, slowestMs: 0 };
  let isOver = false;
  const probing = (async () => {
    for (; !isOver; await sleep(PAUSE_MS)) {
      const startedAt = performance.now();
      const status = await client.get('/livez').then(
        (answer) => answer.status,
        () => 0,
      );
      const ms = performance.now() - startedAt;
      probed.count += 1;
      probed.slowestMs = Math.max(probed.slowestMs, ms);
      if (status !== 200 || ms > MOST_MS) probed.failed += 1;
    }
  })();
  return async () => {
    isOver = true;
    await probing;
    return probed;
  };
}
