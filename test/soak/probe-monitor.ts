import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpClient } from './http-client.ts';

/** A probe fails without a 200 in this time. */
const MAX_PROBE_MS = 1_000;
const INTERVAL_MS = 200;

export interface ProbeStats {
  readonly failed: number;
  readonly slowestMs: number;
}

/**
 * Requests `/livez` at an interval, each time on a new connection, as an orchestrator does.
 *
 * @returns a function that stops it
 */
export function startProbeMonitor(url: string): () => Promise<ProbeStats> {
  const client = createHttpClient(url, { connections: 0, deadlineMs: 10 * MAX_PROBE_MS });
  const stats = { failed: 0, slowestMs: 0 };
  let isStopped = false;
  const monitoring = (async () => {
    for (; !isStopped; await sleep(INTERVAL_MS)) {
      const startedAt = performance.now();
      const status = await client.get('/livez').then(
        (response) => response.status,
        () => 0,
      );
      const ms = performance.now() - startedAt;
      stats.slowestMs = Math.max(stats.slowestMs, ms);
      if (status !== 200 || ms > MAX_PROBE_MS) stats.failed += 1;
    }
  })();
  return async () => {
    isStopped = true;
    await monitoring;
    return stats;
  };
}
