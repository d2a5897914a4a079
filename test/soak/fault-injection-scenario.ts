import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbeddedLts } from '../../src/embedded-lts/embedded-lts.ts';
import {
  type GatewayProcess,
  MAX_YOUNG_GENERATION_BYTES,
  type MemoryUsage,
  startGatewayProcess,
} from './gateway-process.ts';
import { createHttpClient } from './http-client.ts';
import type { SoakOptions } from './options.ts';
import { RandomFaults } from './random-faults.ts';
import { formatBytes, formatCounts, formatMs, formatPercent, type Report } from './report.ts';
import { RequestStats } from './request-stats.ts';
import { VirtualUser } from './virtual-user.ts';

/** Fraction of the time before memory is first measured, when all code has run and is compiled. */
const WARM_UP_FRACTION = 1 / 4;
const MAX_MEMORY_GROWTH = 0.2;
/** Longer than the longest delay of `RandomFaults`, so that LTS has finished all operations. */
const LTS_DRAIN_MS = 1_500;

/** A constant load on a gateway whose LTS fails at random. Checks responses and memory use. */
export async function runFaultInjection(options: SoakOptions, report: Report): Promise<void> {
  report.printTitle('Under faults');
  const { preload, deadlineMs, virtualUsers } = options;
  const faults = new RandomFaults();
  const lts = await startEmbeddedLts({ faults });
  const gateway = await startGatewayProcess({
    ltsUrl: lts.url,
    env: { LTS_TIMEOUT_MS: '1000' },
    preload,
  });
  const client = createHttpClient(gateway.url, { deadlineMs, connections: virtualUsers });
  try {
    const users = Array.from({ length: virtualUsers }, (_, index) => {
      const group = lts.store.addGroup({ log_group_name: `client-${index}`, ttl_in_days: 1 });
      return new VirtualUser(client, group);
    });
    const warmUpSeconds = options.seconds * WARM_UP_FRACTION;
    const warmUp = await runUsers(warmUpSeconds, users, gateway, options);
    const memoryBefore = await gateway.memory();
    const cpuBefore = gateway.cpuSeconds();
    const stats = await runUsers(options.seconds - warmUpSeconds, users, gateway, options);
    const cpuSeconds = gateway.cpuSeconds() - cpuBefore;
    await sleep(LTS_DRAIN_MS);
    const memoryAfter = await gateway.memory();

    const cpuMsPerRequest = (cpuSeconds / stats.requests) * 1_000;
    reportRequests(report, { warmUp, stats, faults, options, cpuMsPerRequest });
    reportMemory(report, memoryBefore, memoryAfter);
    reportMismatches(
      report,
      users.flatMap((user) => user.findMismatches()),
    );
  } finally {
    if (gateway.hasExited()) report.fail(`the gateway ended by itself, see ${gateway.logFile}`);
    client.close();
    await gateway.stop();
    await lts.close();
  }
}

/** Returns when all requests have a response or have failed. */
async function runUsers(
  seconds: number,
  users: readonly VirtualUser[],
  gateway: GatewayProcess,
  { virtualUsers, requestsPerSecond }: SoakOptions,
): Promise<RequestStats> {
  const stats = new RequestStats();
  const endAt = performance.now() + seconds * 1_000;
  const isOver = () => performance.now() > endAt || gateway.hasExited();
  const intervalMs = (virtualUsers / requestsPerSecond) * 1_000;
  await Promise.all(users.map((user) => user.run(intervalMs, stats, isOver)));
  return stats;
}

interface Requests {
  readonly warmUp: RequestStats;
  readonly stats: RequestStats;
  readonly faults: RandomFaults;
  readonly options: SoakOptions;
  readonly cpuMsPerRequest: number;
}

function reportRequests(report: Report, { warmUp, stats, faults, options, cpuMsPerRequest }: Requests): void {
  const { seconds, virtualUsers, requestsPerSecond } = options;
  const injected = [...faults.injected.values()].reduce((sum, count) => sum + count, 0);
  const unanswered = warmUp.unanswered + stats.unanswered;
  report.print(
    'load',
    `${virtualUsers} clients for ${seconds} s, at most ${requestsPerSecond} requests a second`,
  );
  report.print('requests', `${stats.requests}, after ${warmUp.requests} to warm up`);
  report.print('faults', `${injected} in ${faults.calls} calls to LTS: ${formatCounts(faults.injected)}`);
  report.print('failures by kind', formatCounts(stats.failures) || 'none');
  report.print('latency p50', formatMs(stats.latencyMs(0.5)));
  report.print('latency p99', `${formatMs(stats.latencyMs(0.99))}, with lost answers looked up`);
  report.print('gateway CPU', `${cpuMsPerRequest.toFixed(2)} ms a request`);
  report.print('unanswered', String(unanswered));
  if (unanswered > 0) report.fail(`${unanswered} requests without an answer`);
  if (stats.responses === 0) report.fail('no request was answered');
}

function reportMemory(report: Report, before: MemoryUsage, after: MemoryUsage): void {
  const liveGrowth = after.live / before.live - 1;
  const residentGrowth = after.rss / before.rss - 1;
  report.print(
    'memory at the start',
    `${formatBytes(before.live)} live, ${formatBytes(before.rss)} resident`,
  );
  report.print('memory at the end', `${formatBytes(after.live)} live, ${formatBytes(after.rss)} resident`);
  report.print(
    'memory growth',
    `${formatPercent(liveGrowth)} live, ${formatPercent(residentGrowth)} resident`,
  );
  const maxResident = before.rss * (1 + MAX_MEMORY_GROWTH) + MAX_YOUNG_GENERATION_BYTES;
  if (liveGrowth > MAX_MEMORY_GROWTH || after.rss > maxResident)
    report.fail(`memory grew by more than ${MAX_MEMORY_GROWTH * 100}%`);
}

function reportMismatches(report: Report, mismatches: readonly string[]): void {
  report.print('mismatches', String(mismatches.length));
  for (const mismatch of mismatches.slice(0, 10)) report.print('', mismatch);
  if (mismatches.length > 0) report.fail(`${mismatches.length} mismatches between clients and store`);
}
