import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { GatewayProcess } from './gateway-process.ts';
import { formatMs, formatPercent } from './report.ts';

const GATEWAY_CORE = 0;
const LOAD_GENERATOR_CORE = 1;

/**
 * Pins this process to one core, so that the gateway can have another to itself.
 *
 * @returns the gateway's core; `undefined` where there is only one, or no `taskset`
 */
export function reserveGatewayCore(): number | undefined {
  if (availableParallelism() < 2) return undefined;
  try {
    execFileSync('taskset', ['-a', '-c', '-p', String(LOAD_GENERATOR_CORE), String(process.pid)], {
      stdio: 'ignore',
    });
    return GATEWAY_CORE;
  } catch {
    return undefined;
  }
}

export interface WithCpuUsage<T> {
  readonly result: T;
  /** Fraction of the time in which no other process had the gateway's core. */
  readonly availableCpu: number;
  /** CPU usage of the gateway and of the load generator, for the report. */
  readonly cpuUsage: string;
}

export async function withCpuUsage<T>(
  gateway: GatewayProcess,
  run: () => Promise<T>,
): Promise<WithCpuUsage<T>> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const startedAt = performance.now();
  const gatewayBefore = gateway.cpuSeconds();
  const waitBefore = gateway.cpuWaitSeconds();
  const ownBefore = process.cpuUsage();
  const result = await run();
  const seconds = (performance.now() - startedAt) / 1_000;
  const gatewayCpu = (gateway.cpuSeconds() - gatewayBefore) / seconds;
  const waitFraction = Math.min(0.9, (gateway.cpuWaitSeconds() - waitBefore) / seconds);
  // The gateway's threads, such as those of the garbage collector, also wait for each other: what the gateway used
  // was available in any case.
  const availableCpu = Math.min(1, Math.max(1 - waitFraction, gatewayCpu || 0));
  const { user, system } = process.cpuUsage(ownBefore);
  delay.disable();
  const own = `driver ${formatPercent((user + system) / 1e6 / seconds)}, ${formatMs(delay.percentile(99) / 1e6)} late`;
  const ofGateway = `CPU of gateway ${formatPercent(gatewayCpu)} of ${formatPercent(availableCpu)}`;
  return { result, availableCpu, cpuUsage: `${ofGateway}, ${own} at p99` };
}
