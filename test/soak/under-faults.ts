import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbeddedLts } from '../../src/embedded-lts/embedded-lts.ts';
import { Caller } from './caller.ts';
import { connectTo } from './client.ts';
import { type GatewayProcess, type Memory, startGatewayProcess } from './gateway-process.ts';
import type { SoakOptions } from './options.ts';
import { RandomFaults } from './random-faults.ts';
import { megabytes, millis, percent, type Report, sorted } from './report.ts';
import { Tally } from './tally.ts';

/** Part of the time after which memory is measured for the first time: all code has run and is compiled. */
const WARM_UP_SHARE = 1 / 4;
const MOST_GROWTH = 0.2;
/** Longer than LTS keeps any call waiting. */
const LATE_WORK_MS = 1_500;

/** The soak proper: bounded load on a gateway whose LTS fails now and then, for a given time. */
export async function soakUnderFaults(options: SoakOptions, report: Report): Promise<void> {
  report.title('Under faults');
  const faults = new RandomFaults();
  const lts = await startEmbeddedLts({ faults });
  const { preload } = options;
  const gateway = await startGatewayProcess({
    ltsUrl: lts.url,
    env: { LTS_TIMEOUT_MS: '1000' },
    preload,
  });
  const client = connectTo(gateway.url, options.deadlineMs, options.clients);
  try {
    const callers = Array.from({ length: options.clients }, (_, index) => {
      return new Caller(client, lts.store.addGroup({ log_group_name: `client-${index}`, ttl_in_days: 1 }));
    });
    const warmUpSeconds = options.seconds * WARM_UP_SHARE;
    const warmUp = await loadFor(warmUpSeconds, callers, gateway, options);
    const before = await gateway.memory();
    const cpuBefore = gateway.cpuSeconds();
    const seconds = options.seconds - warmUpSeconds;
    const tally = await loadFor(seconds, callers, gateway, options);
    const cpu = (gateway.cpuSeconds() ?? Number.NaN) - (cpuBefore ?? Number.NaN);
    await sleep(LATE_WORK_MS);
    const after = await gateway.memory();
    for (const { ledger } of callers) ledger.settle();

    tellLoad(report, { warmUp, tally, faults, options, cpuPerRequest: (cpu / tally.requests) * 1_000 });
    tellMemory(report, before, after);
    tellMismatches(report, callers);
  } finally {
    if (gateway.hasEnded()) report.fail(`the gateway ended by itself, see ${gateway.logFile}`);
    client.close();
    await gateway.end();
    await lts.close();
  }
}

/** All callers at work, and then none: nothing is in flight when it is over. */
async function loadFor(
  seconds: number,
  callers: readonly Caller[],
  gateway: GatewayProcess,
  { clients, perSecond }: SoakOptions,
): Promise<Tally> {
  const tally = new Tally();
  const endAt = performance.now() + seconds * 1_000;
  const isOver = () => performance.now() > endAt || gateway.hasEnded();
  const paceMs = (clients / perSecond) * 1_000;
  await Promise.all(callers.map((caller) => caller.work(paceMs, tally, isOver)));
  return tally;
}

interface Load {
  readonly warmUp: Tally;
  readonly tally: Tally;
  readonly faults: RandomFaults;
  readonly options: SoakOptions;
  readonly cpuPerRequest: number;
}

function tellLoad(report: Report, { warmUp, tally, faults, options, cpuPerRequest }: Load): void {
  const { seconds, clients, perSecond } = options;
  const struck = [...faults.struck.values()].reduce((sum, count) => sum + count, 0);
  const unanswered = warmUp.unanswered + tally.unanswered;
  report.tell('load', `${clients} clients for ${seconds} s, at most ${perSecond} requests a second`);
  report.tell('requests', `${tally.requests}, after ${warmUp.requests} to warm up`);
  report.tell('faults', `${struck} in ${faults.calls} calls to LTS: ${sorted(faults.struck)}`);
  report.tell('failures by kind', sorted(tally.failures) || 'none');
  report.tell('latency p50', millis(tally.latency(0.5)));
  report.tell('latency p99', `${millis(tally.latency(0.99))}, with lost answers looked up`);
  report.tell('gateway CPU', `${cpuPerRequest.toFixed(2)} ms a request`);
  report.tell('unanswered', String(unanswered));
  if (unanswered > 0) report.fail(`${unanswered} requests without an answer`);
  if (tally.answers === 0) report.fail('no request was answered');
}

function tellMemory(report: Report, before: Memory, after: Memory): void {
  const growth = after.live / before.live - 1;
  const residentGrowth = after.rss / before.rss - 1;
  report.tell('memory at the start', `${megabytes(before.live)} live, ${megabytes(before.rss)} resident`);
  report.tell('memory at the end', `${megabytes(after.live)} live, ${megabytes(after.rss)} resident`);
  report.tell('memory growth', `${percent(growth)} live, ${percent(residentGrowth)} resident`);
  if (Math.max(growth, residentGrowth) > MOST_GROWTH)
    report.fail(`memory grew by more than ${MOST_GROWTH * 100}%`);
}

function tellMismatches(report: Report, callers: readonly Caller[]): void {
  const mismatches = callers.flatMap(({ ledger }) => ledger.mismatches);
  report.tell('mismatches', String(mismatches.length));
  for (const mismatch of mismatches.slice(0, 10)) report.tell('', mismatch);
  if (mismatches.length > 0) report.fail(`${mismatches.length} mismatches between clients and store`);
}
