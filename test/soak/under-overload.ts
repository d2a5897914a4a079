import { type Client, connectTo } from './client.ts';
import { type Measured, shareCores, withCpu } from './cpu.ts';
import { type GatewayProcess, startGatewayProcess } from './gateway-process.ts';
import { offerAt, offerFrom, type Round } from './offer.ts';
import type { SoakOptions } from './options.ts';
import { type Probed, startProbing } from './probing.ts';
import { type QuickLts, startQuickLts } from './quick-lts.ts';
import { millis, percent, type Report, sorted } from './report.ts';
import { Tally } from './tally.ts';

/** Connections that are kept alive, as a load balancer has them; all are open before the overload. */
const CONNECTIONS = 1_000;
/** Clients of a closed loop under which the gateway does the most it can. */
const CLIENTS_AT_PEAK = 64;
const PEAK_SECONDS = 3;
/** A peak and an overload each: cores that others use as well are not equally fast all the time. */
const ROUNDS = 3;
const OVERLOAD = 2;
/** Part of the overload that the driver must at least bring about. */
const LEAST_OFFERED = 0.95;
const LEAST_GOODPUT = 0.8;
const MOST_P99_MS = 1_000;

/** What the gateway does on one core when twice as much is asked of it as it can do. */
export async function soakUnderOverload(options: SoakOptions, report: Report): Promise<void> {
  report.title('Under overload, without faults');
  const core = shareCores();
  report.tell('cores', core === undefined ? 'shared by all' : 'one for the gateway, one for driver and LTS');
  const lts = await startQuickLts();
  const gateway = await startGatewayProcess({ ltsUrl: lts.url, core, preload: options.preload });
  const client = connectTo(gateway.url, options.deadlineMs, CONNECTIONS);
  try {
    await offerFrom(CLIENTS_AT_PEAK, PEAK_SECONDS, client); // to warm up
    await Promise.all(Array.from({ length: CONNECTIONS }, () => client.get('/livez')));
    const rounds: OverloadRound[] = [];
    for (let count = 1; count <= ROUNDS; count += 1) {
      const round = await overload(gateway, client, options.overloadSeconds / ROUNDS);
      rounds.push(round);
      tellRound(report, count, round);
    }
    judge(report, rounds, lts);
  } finally {
    if (gateway.hasEnded()) report.fail(`the gateway ended by itself, see ${gateway.logFile}`);
    client.close();
    await gateway.end();
    lts.close();
  }
}

interface OverloadRound {
  readonly peak: Measured<Round>;
  readonly over: Measured<Round>;
  readonly probed: Probed;
}

async function overload(gateway: GatewayProcess, client: Client, seconds: number): Promise<OverloadRound> {
  const peak = await withCpu(gateway, () => offerFrom(CLIENTS_AT_PEAK, PEAK_SECONDS, client));
  const endProbing = startProbing(gateway.url);
  const over = await withCpu(gateway, () => offerAt(OVERLOAD * peak.result.goodput, seconds, client));
  return { peak, over, probed: await endProbing() };
}

/** Good answers a second of one core: what others take of it in the meantime is not the gateway's doing. */
const perCore = ({ result, coreShare }: Measured<Round>) => result.goodput / coreShare;
const goodputOf = ({ peak, over }: OverloadRound) => perCore(over) / perCore(peak);
const offeredOf = ({ peak, over }: OverloadRound) =>
  over.result.all.requests / over.result.seconds / peak.result.goodput;

function tellRound(report: Report, count: number, round: OverloadRound): void {
  const { peak, over } = round;
  report.tell(
    `peak ${count}`,
    `${Math.round(perCore(peak))} good answers a second of a core, ${latencies(peak.result.good)}; ${peak.cpu}`,
  );
  report.tell(
    `overload ${count}`,
    `${Math.round(perCore(over))} good answers a second of a core, ${percent(goodputOf(round))} of the peak, ` +
      `with ${offeredOf(round).toFixed(2)} times the peak offered; ${over.cpu}`,
  );
}

function judge(report: Report, rounds: readonly OverloadRound[], lts: QuickLts): void {
  const good = new Tally();
  const all = new Tally();
  for (const { over } of rounds) {
    good.add(over.result.good);
    all.add(over.result.all);
  }
  const goodput = median(rounds.map(goodputOf));
  const offered = median(rounds.map(offeredOf));
  const failedProbes = rounds.reduce((sum, { probed }) => sum + probed.failed, 0);
  const slowestProbe = Math.max(...rounds.map(({ probed }) => probed.slowestMs));
  const wrong = rounds.flatMap(({ over }) => [
    ...over.result.created.filter((name) => !lts.names.has(name)),
    ...over.result.refused.filter((name) => lts.names.has(name)),
  ]);
  report.tell('offered', `${offered.toFixed(2)} times the peak`);
  report.tell('goodput', `${percent(goodput)} of the peak, the median of ${ROUNDS}`);
  report.tell('good answers', `${good.answers}, ${latencies(good)}, from when they were due`);
  report.tell(
    'all answers',
    `${all.answers}, ${latencies(all)}; failures: ${sorted(all.failures) || 'none'}`,
  );
  report.tell('probes', `${failedProbes} failed, the slowest took ${millis(slowestProbe)}`);
  report.tell('unanswered', String(all.unanswered));
  report.tell('mismatches', String(wrong.length));

  const p99 = good.latency(0.99);
  if (offered < OVERLOAD * LEAST_OFFERED) report.fail('the driver could not offer twice the peak');
  if (!(goodput >= LEAST_GOODPUT)) report.fail(`goodput under overload is ${percent(goodput)} of the peak`);
  if (p99 > MOST_P99_MS) report.fail(`p99 of the good answers under overload is ${millis(p99)}`);
  if (failedProbes > 0) report.fail(`${failedProbes} probes failed under overload`);
  if (all.unanswered > 0) report.fail(`${all.unanswered} requests without an answer under overload`);
  if (wrong.length > 0) report.fail(`${wrong.length} mismatches under overload`);
}

const latencies = (tally: Tally) => `p50 ${millis(tally.latency(0.5))}, p99 ${millis(tally.latency(0.99))}`;

function median(values: readonly number[]): number {
  const ordered = [...values].sort((one, other) => one - other);
  return ordered[Math.floor(ordered.length / 2)] ?? Number.NaN;
}
