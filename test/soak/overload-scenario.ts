import { reserveGatewayCore, type WithCpuUsage, withCpuUsage } from './cpu-usage.ts';
import { type GatewayProcess, startGatewayProcess } from './gateway-process.ts';
import { createHttpClient, type HttpClient } from './http-client.ts';
import { type LoadResult, runClosedLoop, runOpenLoop } from './load-generator.ts';
import { type LtsStub, startLtsStub } from './lts-stub.ts';
import type { SoakOptions } from './options.ts';
import { type ProbeStats, startProbeMonitor } from './probe-monitor.ts';
import { formatCounts, formatMs, formatPercent, type Report } from './report.ts';
import { RequestStats } from './request-stats.ts';

/** Keep-alive connections, as many as a load balancer opens; all are open before the overload. */
const CONNECTIONS = 1_000;
/** Concurrency at which the gateway reaches its highest throughput. */
const PEAK_CONCURRENCY = 64;
const PEAK_SECONDS = 3;
/** Each round measures the peak again: a core that is shared with others does not keep its speed. */
const ROUNDS = 3;
/** Offered load as a multiple of the peak. */
const OVERLOAD_FACTOR = 2;
/** Fraction of the overload that the load generator must reach. */
const MIN_OFFERED = 0.95;
const MIN_GOODPUT = 0.8;
const MAX_P99_MS = 1_000;

/** Offers the gateway twice the load that it can serve on one core. Checks goodput, latency and probes. */
export async function runOverload(options: SoakOptions, report: Report): Promise<void> {
  report.printTitle('Under overload, without faults');
  const { preload, deadlineMs, overloadSeconds } = options;
  const core = reserveGatewayCore();
  report.print('cores', core === undefined ? 'shared by all' : 'one for the gateway, one for driver and LTS');
  const lts = await startLtsStub();
  const gateway = await startGatewayProcess({ ltsUrl: lts.url, core, preload });
  const client = createHttpClient(gateway.url, { deadlineMs, connections: CONNECTIONS });
  try {
    await runClosedLoop(PEAK_CONCURRENCY, PEAK_SECONDS, client); // warm-up
    await Promise.all(Array.from({ length: CONNECTIONS }, () => client.get('/livez')));
    const rounds: Round[] = [];
    for (let count = 1; count <= ROUNDS; count += 1) {
      const round = await runRound(gateway, client, overloadSeconds / ROUNDS);
      rounds.push(round);
      reportRound(report, count, round);
    }
    checkRounds(report, rounds, lts);
  } finally {
    if (gateway.hasExited()) report.fail(`the gateway ended by itself, see ${gateway.logFile}`);
    client.close();
    await gateway.stop();
    lts.close();
  }
}

interface Round {
  readonly peak: WithCpuUsage<LoadResult>;
  readonly overload: WithCpuUsage<LoadResult>;
  readonly probes: ProbeStats;
}

async function runRound(gateway: GatewayProcess, client: HttpClient, seconds: number): Promise<Round> {
  const peak = await withCpuUsage(gateway, () => runClosedLoop(PEAK_CONCURRENCY, PEAK_SECONDS, client));
  const stopMonitor = startProbeMonitor(gateway.url);
  const requestsPerSecond = OVERLOAD_FACTOR * peak.result.goodput;
  const overload = await withCpuUsage(gateway, () => runOpenLoop(requestsPerSecond, seconds, client));
  return { peak, overload, probes: await stopMonitor() };
}

/** Goodput on a core without other processes. */
const goodputPerCore = ({ result, availableCpu }: WithCpuUsage<LoadResult>) => result.goodput / availableCpu;
const goodputOfPeak = ({ peak, overload }: Round) => goodputPerCore(overload) / goodputPerCore(peak);
const offeredOfPeak = ({ peak, overload: { result } }: Round) =>
  result.all.requests / result.seconds / peak.result.goodput;

function reportRound(report: Report, count: number, round: Round): void {
  const { peak, overload } = round;
  report.print(
    `peak ${count}`,
    `${Math.round(goodputPerCore(peak))} good answers a second of a core, ` +
      `${formatLatencies(peak.result.successful)}; ${peak.cpuUsage}`,
  );
  report.print(
    `overload ${count}`,
    `${Math.round(goodputPerCore(overload))} good answers a second of a core, ` +
      `${formatPercent(goodputOfPeak(round))} of the peak, ` +
      `with ${offeredOfPeak(round).toFixed(2)} times the peak offered; ${overload.cpuUsage}`,
  );
}

function checkRounds(report: Report, rounds: readonly Round[], lts: LtsStub): void {
  const successful = new RequestStats();
  const all = new RequestStats();
  for (const { overload } of rounds) {
    successful.add(overload.result.successful);
    all.add(overload.result.all);
  }
  const goodput = median(rounds.map(goodputOfPeak));
  const offered = median(rounds.map(offeredOfPeak));
  const failedProbes = rounds.reduce((sum, { probes }) => sum + probes.failed, 0);
  const slowestProbeMs = Math.max(...rounds.map(({ probes }) => probes.slowestMs));
  const mismatches = rounds.flatMap(({ overload: { result } }) => [
    ...result.created.filter((name) => !lts.createdNames.has(name)),
    ...result.rejected.filter((name) => lts.createdNames.has(name)),
  ]);
  report.print('offered', `${offered.toFixed(2)} times the peak`);
  report.print('goodput', `${formatPercent(goodput)} of the peak, the median of ${ROUNDS}`);
  report.print(
    'good answers',
    `${successful.responses}, ${formatLatencies(successful)}, from when they were due`,
  );
  report.print(
    'all answers',
    `${all.responses}, ${formatLatencies(all)}; failures: ${formatCounts(all.failures) || 'none'}`,
  );
  report.print('probes', `${failedProbes} failed, the slowest took ${formatMs(slowestProbeMs)}`);
  report.print('unanswered', String(all.unanswered));
  report.print('mismatches', String(mismatches.length));

  const p99 = successful.latencyMs(0.99);
  if (offered < OVERLOAD_FACTOR * MIN_OFFERED) report.fail('the driver could not offer twice the peak');
  if (!(goodput >= MIN_GOODPUT)) {
    report.fail(`goodput under overload is ${formatPercent(goodput)} of the peak`);
  }
  if (p99 > MAX_P99_MS) report.fail(`p99 of the good answers under overload is ${formatMs(p99)}`);
  if (failedProbes > 0) report.fail(`${failedProbes} probes failed under overload`);
  if (all.unanswered > 0) report.fail(`${all.unanswered} requests without an answer under overload`);
  if (mismatches.length > 0) report.fail(`${mismatches.length} mismatches under overload`);
}

const formatLatencies = (stats: RequestStats) =>
  `p50 ${formatMs(stats.latencyMs(0.5))}, p99 ${formatMs(stats.latencyMs(0.99))}`;

function median(values: readonly number[]): number {
  const ordered = [...values].sort((one, other) => one - other);
  return ordered[Math.floor(ordered.length / 2)] ?? Number.NaN;
}
