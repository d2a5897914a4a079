import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type GatewayProcess, startGatewayProcess } from '../soak/gateway-process.ts';
import { createHttpClient } from '../soak/http-client.ts';
import { startLtsStub } from '../soak/lts-stub.ts';
import { formatBytes, Report, stackOf } from '../soak/report.ts';
import { attackWithGeneratedAnswers, attackWithLargeAnswers } from './answer-size.ts';
import { type AttackContext, measureMaxResident } from './attack.ts';
import { attackWithBodies } from './bodies.ts';
import { attackWithClaimedBytes, attackWithClaimedBytesOfMany } from './claimed-bytes.ts';
import { attackWithDocuments } from './documents.ts';
import {
  attackWithFailingProject,
  attackWithFailingProjects,
  attackWithSilentProject,
  checkOutage,
} from './failing-projects.ts';
import {
  attackWithOtherHeaders,
  attackWithPipelinedHeaders,
  attackWithPipelinedLongHeaders,
  attackWithSmallHeaders,
} from './headers.ts';
import { type HonestLoad, withHonestCallers } from './honest-callers.ts';
import {
  attackWithIdleConnections,
  attackWithIdleConnectionsBesideLoadBalancer,
} from './idle-connections.ts';
import { attackWithLeavingCallers } from './leaving-callers.ts';
import { attackWithLogReads } from './log-reads.ts';
import { attackWithLongLists } from './long-lists.ts';
import {
  attackWithLongTexts,
  attackWithManyItems,
  attackWithManyKeys,
  attackWithManyTags,
  attackWithNestedReplies,
} from './lts-replies.ts';
import { attackWithMadeUpTokens } from './made-up-tokens.ts';
import { attackWithDroppedHeaders, RATE_LIMIT_ADDRESS as LIMIT_OF_DROPPED_HEADERS } from './many-headers.ts';
import { attackWithManyLists, attackWithReadAnswers, attackWithUnreadAnswers } from './many-lists.ts';
import { attackMemory } from './memory.ts';
import { attackWithNewTokens, RATE_LIMIT_ADDRESS } from './new-tokens.ts';
import { attackSlowly } from './slow-callers.ts';
import {
  BEHIND_LOAD_BALANCER,
  DEFAULT_ADDRESS,
  honestBehindLoadBalancer,
  honestBeside,
  MANY_ADDRESSES,
  ONE_ADDRESS,
  type Source,
} from './sources.ts';

/** In characters. */
const MAX_LOG_LINE = 16_000;
/** What the chart requests for a pod: with more, Kubernetes may end it. */
const MAX_RESIDENT_BYTES = 384 * 1024 * 1024;
/** What may be left after an attack: all caches together, and what varies otherwise. */
const MAX_LEFT_BYTES = 48 * 1024 * 1024;
const MAX_RECOVERY_MS = 10_000;

/** Settings of an attack that comes with more requests than a caller or an address may send. */
const WITHOUT_RATE_LIMIT = { RATE_LIMIT: '0', TRUSTED_PROXIES: 'none' };
/** Those of production. */
const DEFAULT_SETTINGS = { RATE_LIMIT: '' };

/**
 * `npm run test:attacks`: attacks the built gateway, with production settings and a heap of 256 MB, while honest
 * callers use it. Each attack has a gateway of its own. Names of attacks as arguments select some of them.
 */
const report = new Report(process.stdout);
const selected = process.argv.slice(2);

interface Options {
  readonly env?: Record<string, string>;
  readonly source?: Source;
  readonly honestLoad?: Partial<HonestLoad>;
}

async function run(
  name: string,
  attack: (context: AttackContext) => Promise<void>,
  { env = DEFAULT_SETTINGS, source = ONE_ADDRESS, honestLoad = {} }: Options = {},
): Promise<void> {
  const [family = ''] = name.split(',');
  if (selected.length > 0 && !selected.includes(name) && !selected.includes(family)) return;
  report.printTitle(name);
  const startedAt = performance.now();
  const lts = await startLtsStub();
  const gateway = await startGatewayProcess({
    ltsUrl: lts.url,
    env,
    nodeOptions: ['--max-old-space-size=256'],
    preload: process.env.ATTACK_PRELOAD || null,
  });
  const attacker = createHttpClient(gateway.url, {
    connections: 16,
    localAddress: source.addressOf(0),
    headers: source.headers,
  });
  const endMeasurement = measureMaxResident(gateway);
  const load = {
    requestsPerSecond: 20,
    sourceOf: (caller: number) => honestBeside(source, caller),
    probesOnly: false,
    ...honestLoad,
  };
  try {
    const { live } = await gateway.memory();
    await withHonestCallers(gateway, report, load, () => attack({ gateway, lts, attacker, source, report }));
    if (!gateway.hasExited()) await checkRecovery(gateway, live);
  } catch (error) {
    // When the gateway has ended, most attacks fail for this reason alone.
    if (!gateway.hasExited()) report.fail(stackOf(error));
  } finally {
    attacker.close();
    if (gateway.hasExited()) {
      report.fail(`the gateway ended by itself: ${fatalErrorIn(gateway.logFile)}, see ${gateway.logFile}`);
    }
    const maxResident = endMeasurement();
    report.print('memory', `at most ${formatBytes(maxResident)} resident`);
    if (maxResident > MAX_RESIDENT_BYTES) report.fail(`${formatBytes(maxResident)} of resident memory`);
    const longest = longestLineIn(gateway.logFile);
    if (longest > MAX_LOG_LINE) report.fail(`a line of ${longest} characters in ${gateway.logFile}`);
    await gateway.stop();
    lts.close();
    report.print('duration', `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
  }
}

/** After an attack, the gateway must be ready, and must have freed the memory. */
async function checkRecovery(gateway: GatewayProcess, liveBefore: number): Promise<void> {
  const client = createHttpClient(gateway.url, { connections: 0, deadlineMs: MAX_RECOVERY_MS });
  const { status } = await client.get('/readyz');
  if (status !== 200) report.fail(`/readyz answered ${status} after the attack`);
  let { live } = await gateway.memory();
  for (
    const giveUpAt = performance.now() + MAX_RECOVERY_MS;
    live > liveBefore + MAX_LEFT_BYTES && performance.now() < giveUpAt;
    { live } = await gateway.memory()
  ) {
    await sleep(500);
  }
  report.print('live memory', `${formatBytes(liveBefore)} before, ${formatBytes(live)} after`);
  if (live > liveBefore + MAX_LEFT_BYTES) {
    report.fail(`${formatBytes(live - liveBefore)} of memory were still in use after the attack`);
  }
}

function fatalErrorIn(logFile: string): string {
  return /^(?:FATAL ERROR|\w*Error): .*$/m.exec(readFileSync(logFile, 'utf8'))?.[0] ?? 'no reason in its log';
}

function longestLineIn(file: string): number {
  return readFileSync(file, 'utf8')
    .split('\n')
    .reduce((longest, line) => Math.max(longest, line.length), 0);
}

report.print('gateway', `built, in production, on Node.js ${process.version}`);
await run('documents', attackWithDocuments, { env: WITHOUT_RATE_LIMIT });
await run('bodies', attackWithBodies, { env: WITHOUT_RATE_LIMIT });
await run('memory', attackMemory, { env: WITHOUT_RATE_LIMIT });
await run('slow callers', attackSlowly, { env: WITHOUT_RATE_LIMIT });
await run('long lists', attackWithLongLists, { env: WITHOUT_RATE_LIMIT });
await run('new tokens', attackWithNewTokens, {
  env: {
    TRUSTED_PROXIES: 'none',
    RATE_LIMIT: '600',
    RATE_LIMIT_ADDRESS: String(RATE_LIMIT_ADDRESS),
  },
});
await run('unfinished headers', attackWithSmallHeaders);
await run('unfinished headers, many addresses', attackWithOtherHeaders, { source: MANY_ADDRESSES });
await run('pipelined headers', attackWithPipelinedHeaders);
await run('pipelined headers, many addresses', attackWithPipelinedLongHeaders, { source: MANY_ADDRESSES });
await run('dropped headers', attackWithDroppedHeaders, {
  env: { ...DEFAULT_SETTINGS, RATE_LIMIT_ADDRESS: String(LIMIT_OF_DROPPED_HEADERS) },
});
await run('large answers', attackWithLargeAnswers);
await run('large answers, generated', attackWithGeneratedAnswers);
await run('reads of logs', attackWithLogReads);
await run('idle connections', attackWithIdleConnections);
await run('idle connections, many addresses', attackWithIdleConnections, { source: MANY_ADDRESSES });
await run('idle connections, beside a load balancer', attackWithIdleConnectionsBesideLoadBalancer, {
  source: MANY_ADDRESSES,
  env: { ...DEFAULT_SETTINGS, TRUSTED_PROXIES: DEFAULT_ADDRESS },
  honestLoad: { sourceOf: honestBehindLoadBalancer },
});
await run('made-up tokens', attackWithMadeUpTokens);
await run('made-up tokens, many addresses', attackWithMadeUpTokens, { source: MANY_ADDRESSES });
await run('made-up tokens, behind a load balancer', attackWithMadeUpTokens, { source: BEHIND_LOAD_BALANCER });
/** Few requests of honest callers, so that those of the attack are most of what the circuit breaker sees. */
const FEW_REQUESTS = { honestLoad: { requestsPerSecond: 1 } };
await run('failing project', attackWithFailingProject, FEW_REQUESTS);
await run('failing project, many projects and tokens', attackWithFailingProjects, FEW_REQUESTS);
await run('failing project, without a reply', attackWithSilentProject, {
  ...FEW_REQUESTS,
  env: { ...DEFAULT_SETTINGS, LTS_TIMEOUT_MS: '1000' },
});
await run('outage of LTS', checkOutage, { honestLoad: { probesOnly: true } });
await run('claimed bytes', attackWithClaimedBytes);
await run('claimed bytes, many addresses', attackWithClaimedBytesOfMany, { source: MANY_ADDRESSES });
await run('claimed bytes, behind a load balancer', attackWithClaimedBytes, { source: BEHIND_LOAD_BALANCER });
await run('callers who leave', attackWithLeavingCallers);
await run('many answers, unread', attackWithUnreadAnswers);
await run('many answers, read', attackWithReadAnswers);
await run('many lists', attackWithManyLists);
await run('many lists, behind a load balancer', attackWithManyLists, { source: BEHIND_LOAD_BALANCER });
await run('replies of LTS, many tags', attackWithManyTags);
await run('replies of LTS, many keys', attackWithManyKeys);
await run('replies of LTS, many items', attackWithManyItems);
await run('replies of LTS, nested', attackWithNestedReplies);
await run('replies of LTS, long texts', attackWithLongTexts);
process.exitCode = report.finish();
