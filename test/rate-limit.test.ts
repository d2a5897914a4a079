import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type RunningGateway, startGateway } from './support/gateway.ts';
import { until } from './support/until.ts';

const gateways: RunningGateway[] = [];
let store: ChildProcess | undefined;
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.close();
  store?.kill('SIGKILL');
  store = undefined;
});

async function limited(rateLimit: number, rateLimitUrl: string | null = null): Promise<RunningGateway> {
  const gateway = await startGateway('http://127.0.0.1:1', { rateLimit, rateLimitUrl });
  gateways.push(gateway);
  return gateway;
}
const ask = (gateway: RunningGateway, token?: string) =>
  gateway.send('{ __typename }', {}, token === undefined ? {} : { 'x-auth-token': token });

interface Caller {
  readonly token?: string;
  /** Address to connect from. */
  readonly localAddress?: string;
  readonly forwardedFor?: string;
}

/** Sends a request without an operation, which the gateway is quick to answer with 400 unless it is over the limit. */
function statusOf(gateway: RunningGateway, caller: Caller, agent?: Agent): Promise<number> {
  const { token, localAddress, forwardedFor } = caller;
  const headers = {
    ...(token && { 'x-auth-token': token }),
    ...(forwardedFor && { 'x-forwarded-for': forwardedFor }),
  };
  return new Promise((resolve, reject) => {
    get(`${gateway.url}/graphql`, { agent, localAddress, headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    }).on('error', reject);
  });
}

/** How often each status was answered to these, asking one after the other on a few connections. */
async function statusesOf(
  gateway: RunningGateway,
  callers: readonly Caller[],
): Promise<Record<number, number>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  const statuses: Record<number, number> = {};
  const next = callers.values();
  const ask = async () => {
    for (const caller of next) {
      const status = await statusOf(gateway, caller, agent);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 32 }, ask));
  agent.destroy();
  return statuses;
}

test('one more than allowed is answered 429 with Retry-After, in the shape of GraphQL', async () => {
  const gateway = await limited(2);
  expect((await ask(gateway, 'a')).status).toBe(200);
  expect((await ask(gateway, 'a')).status).toBe(200);
  const { status, headers, errors, data } = await ask(gateway, 'a');
  expect(status).toBe(429);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
  expect(data).toBeUndefined();
  expect(errors).toEqual([
    {
      message: 'Too many requests. The Retry-After header says in how many seconds to come again.',
      extensions: { code: 'RATE_LIMITED', requestId: headers.get('x-request-id') },
    },
  ]);
});

test('callers are counted by their token, whichever header it comes in, and by address without one', async () => {
  const gateway = await limited(1);
  expect((await ask(gateway, 'a')).status).toBe(200);
  expect((await ask(gateway, 'b')).status).toBe(200);
  expect((await ask(gateway)).status).toBe(200);
  expect((await gateway.send('{ __typename }', {}, { authorization: 'Bearer a' })).status).toBe(429);
  expect((await ask(gateway)).status).toBe(429);
});

test('of requests that come together, exactly as many pass as are allowed', async () => {
  const gateway = await limited(10);
  const answers = await Promise.all(Array.from({ length: 30 }, () => ask(gateway, 'a')));
  const passed = answers.filter(({ status }) => status === 200);
  expect(passed).toHaveLength(10);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(20);
  const remaining = passed.map(({ headers }) => Number(headers.get('x-ratelimit-remaining')));
  expect(remaining.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("any number of others' tokens does not make it forget a caller's count", async () => {
  const gateway = await limited(1);
  expect((await ask(gateway, 'a')).status).toBe(200);
  // The store of @fastify/rate-limit remembers 5,000.
  const others = Array.from({ length: 6_000 }, (_, index) => ({ token: `another-${index}` }));
  expect(await statusesOf(gateway, others)).toEqual({ 400: 6_000 });
  expect((await ask(gateway, 'a')).status).toBe(429);
}, 60_000);

test('probes are not counted, and 0 is no limit', async () => {
  const gateway = await limited(1);
  for (let time = 0; time < 5; time += 1) expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
  const free = await limited(0);
  for (let time = 0; time < 5; time += 1) expect((await ask(free, 'a')).status).toBe(200);
});

const hasStore = spawnSync('redis-server', ['--version']).status === 0;

(hasStore ? describe : describe.skip)('with a real Redis', () => {
  async function startStore(): Promise<string> {
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => probe.once('listening', resolve));
    const { port } = probe.address() as { port: number };
    await new Promise((resolve) => probe.close(resolve));
    store = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '']);
    let output = '';
    store.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    await until(() => output.includes('Ready to accept connections'));
    return `redis://127.0.0.1:${port}`;
  }

  test('several gateways count together', async () => {
    const url = await startStore();
    const one = await limited(2, url);
    const other = await limited(2, url);
    // Until both are connected, they let everybody through.
    await until(
      async () => (await ask(one, 'warm-up')).status === 429 && (await ask(other, 'warm-up')).status === 429,
    );
    expect((await ask(one, 'a')).status).toBe(200);
    expect((await ask(other, 'a')).status).toBe(200);
    expect((await ask(one, 'a')).status).toBe(429);
    expect((await ask(other, 'a')).status).toBe(429);
  });

  test('nobody is refused while the store is down, and the log says so once', async () => {
    const url = await startStore();
    const gateway = await limited(1, url);
    await until(async () => (await ask(gateway, 'a')).status === 429);
    store?.kill('SIGKILL');
    await until(() => gateway.logged().includes('its store is down'));
    for (let time = 0; time < 3; time += 1) expect((await ask(gateway, 'a')).status).toBe(200);
    expect(gateway.logged().match(/its store is down/g)).toHaveLength(1);
  });
});
