import { setTimeout as sleep } from 'node:timers/promises';
import { withCpuUsage } from '../soak/cpu-usage.ts';
import type { GatewayProcess } from '../soak/gateway-process.ts';
import { createHttpClient, type HttpClient } from '../soak/http-client.ts';
import { formatMs, type Report } from '../soak/report.ts';
import { RequestStats } from '../soak/request-stats.ts';
import { repeat } from './attack.ts';
import type { Source } from './sources.ts';

const DEADLINE_MS = 10_000;
const MAX_P99_MS = 1_500;
/** On a busy machine, p99 may be so many times what it was before the attack instead. */
const MAX_SLOWDOWN = 5;
const BEFORE_MS = 1_000;

const WARM_UP_REQUESTS = 300;
/** Of nobody else, so that it uses up nobody's limit. */
const WARM_UP_ADDRESS = '127.0.0.3';

const CREATE_LOG_STREAM = `mutation ($name: String!) {
  createLogStream(projectId: "p", groupId: "g", input: { name: $name }) { __typename ... on LtsError { code } }
}`;

export interface HonestLoad {
  /** At most, of each of the three callers. */
  readonly requestsPerSecond: number;
  /** Where each of the three comes from. */
  sourceOf(caller: number): Source;
  /** Whether they send probes alone, because LTS answers nothing else. */
  readonly probesOnly: boolean;
}

/**
 * Runs an attack while three callers create log streams and probe the gateway, one of them on a new
 * connection each time. Checks their responses, and compares how long they take with how long they took before.
 */
export async function withHonestCallers(
  gateway: GatewayProcess,
  report: Report,
  load: HonestLoad,
  attack: () => Promise<void>,
): Promise<void> {
  await warmUp(gateway.url);
  const before = await callDuring(gateway.url, load, () => sleep(BEFORE_MS));
  const { result, availableCpu, cpuUsage } = await withCpuUsage(gateway, () =>
    callDuring(gateway.url, load, attack),
  );
  const { stats, error } = result;
  const p99 = stats.latencyMs(0.99);
  const p99Before = before.stats.latencyMs(0.99);
  report.print(
    'honest callers',
    `${stats.requests} requests, ${stats.failed} not answered well, p99 ${formatMs(p99)} (${formatMs(p99Before)} before)`,
  );
  if (!gateway.hasExited()) report.print('CPU', cpuUsage);
  if (before.stats.failed > 0) report.fail(`${before.stats.failed} requests failed before the attack`);
  if (stats.failed > 0) {
    const failures = [...stats.failures].slice(0, 3).map(([failure, count]) => `${count} x ${failure}`);
    report.fail(`${stats.failed} of ${stats.requests} requests of honest callers: ${failures.join('; ')}`);
  }
  if (stats.requests === 0) report.fail('no honest caller came to send a request');
  // Without the time in which other processes had the gateway's core.
  if (p99 * availableCpu > Math.max(MAX_P99_MS, MAX_SLOWDOWN * p99Before)) {
    report.fail(`p99 of honest callers was ${formatMs(p99)}, and ${formatMs(p99Before)} before`);
  }
  if (error !== null) throw error;
}

/** Has V8 compile what every request needs, as the first ones take much longer. No call to LTS comes of it. */
async function warmUp(url: string): Promise<void> {
  const client = createHttpClient(url, { connections: 4, localAddress: WARM_UP_ADDRESS });
  const body = JSON.stringify({ query: CREATE_LOG_STREAM, variables: { name: '.' } });
  await repeat(WARM_UP_REQUESTS, 4, async (worker) => {
    await client.post(body, { 'x-auth-token': `token-of-warm-up-${worker}` });
  });
  client.close();
}

async function callDuring(
  url: string,
  { requestsPerSecond, sourceOf, probesOnly }: HonestLoad,
  attack: () => Promise<unknown>,
): Promise<{ stats: RequestStats; error: unknown }> {
  const stats = new RequestStats();
  let isOver = false;
  let error: unknown = null;
  const callers = ['one', 'two', 'three'].map(async (name, index) => {
    const source = sourceOf(index);
    const client = createHttpClient(url, {
      connections: name === 'three' ? 0 : 1,
      deadlineMs: DEADLINE_MS,
      localAddress: source.addressOf(0),
      headers: { 'x-auth-token': `token-of-honest-${name}`, ...source.headers },
    });
    for (let count = 0; !isOver; count += 1) {
      await callOnce(client, probesOnly ? 5 * count : count, stats);
      await sleep(1_000 / requestsPerSecond);
    }
    client.close();
  });
  try {
    await attack();
  } catch (cause) {
    error = cause;
  }
  isOver = true;
  await Promise.all(callers);
  return { stats, error };
}

const PROBES = ['/livez', '/readyz'];

async function callOnce(client: HttpClient, count: number, stats: RequestStats): Promise<void> {
  const startedAt = performance.now();
  stats.requests += 1;
  const probe = count % 5 === 0 ? PROBES[(count / 5) % 2] : undefined;
  const body = JSON.stringify({ query: CREATE_LOG_STREAM, variables: { name: `honest-${count}` } });
  await (probe === undefined ? client.post(body) : client.get(probe)).then(
    ({ status, body: text }) => {
      const isSuccess = status === 200 && (probe !== undefined || text.includes('LogStreamCreated'));
      const failure = isSuccess ? null : `${status} ${text.slice(0, 100).trim()}`;
      stats.recordResponse(performance.now() - startedAt, failure);
    },
    (error: Error) => stats.recordFailure(`${probe ?? 'a create'}: ${error.message}`),
  );
}
