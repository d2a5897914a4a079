import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { GatewayProcess } from './gateway-process.ts';
import { millis, percent } from './report.ts';

const GATEWAY_CORE = 0;
const DRIVER_CORE = 1;

/**
 * Puts this process on one core, so that the gateway can have another to itself.
 *
 * @returns the gateway's core; `undefined` where there is but one, or no `taskset`
 */
export function shareCores(): number | undefined {
  if (availableParallelism() < 2) return undefined;
  try {
    execFileSync('taskset', ['-a', '-c', '-p', String(DRIVER_CORE), String(process.pid)], {
      stdio: 'ignore',
    });
    return GATEWAY_CORE;
  } catch {
    return undefined;
  }
}

export interface Measured<T> {
  readonly result: T;
  /** Part of the time in which the gateway's core was not taken by others. */
  readonly coreShare: number;
  /** Whether the gateway was busy, and the driver was not. */
  readonly cpu: string;
}

/** What a stretch of time cost. */
export async function withCpu<T>(gateway: GatewayProcess, run: () => Promise<T>): Promise<Measured<T>> {
  const lag = monitorEventLoopDelay({ resolution: 5 });
  lag.enable();
  const startedAt = performance.now();
  const gatewayBefore = gateway.cpuSeconds() ?? Number.NaN;
  const waitedBefore = gateway.waitedSeconds();
  const ownBefore = process.cpuUsage();
  const result = await run();
  const seconds = (performance.now() - startedAt) / 1_000;
  const gatewayShare = ((gateway.cpuSeconds() ?? Number.NaN) - gatewayBefore) / seconds;
  const waitedShare = Math.min(0.9, (gateway.waitedSeconds() - waitedBefore) / seconds);
  // Its own threads, those of the garbage collector for example, make it wait as well: they are not others.
  const coreShare = Math.min(1, Math.max(1 - waitedShare, gatewayShare || 0));
  const { user, system } = process.cpuUsage(ownBefore);
  lag.disable();
  const driver = `driver ${percent((user + system) / 1e6 / seconds)}, ${millis(lag.percentile(99) / 1e6)} late`;
  const gatewayCpu = `CPU of gateway ${percent(gatewayShare)} of ${percent(coreShare)}`;
  return { result, coreShare, cpu: `${gatewayCpu}, ${driver} at p99` };
}
