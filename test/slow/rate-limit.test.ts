import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { afterEach, describe, expect, test } from '@jest/globals';
import { freePort } from '../support/free-port.ts';
import type { RunningGateway, Settings } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { ask, useRateLimitedGateways } from '../support/use-gateways.ts';

const limited = useRateLimitedGateways();
let store: ChildProcess | undefined;
afterEach(() => {
  store?.kill('SIGKILL');
  store = undefined;
});

test("6,000 other tokens do not reset a caller's count", async () => {
  const gateway = await limited(1);
  expect((await ask(gateway, 'a')).status).toBe(200);
  // By default the store of @fastify/rate-limit holds 5,000 counts.
  for (let round = 0; round < 60; round += 1) {
    const others = Array.from({ length: 100 }, (_, index) => ask(gateway, `another-${round}-${index}`));
    for (const { status } of await Promise.all(others)) expect(status).toBe(200);
  }
  expect((await ask(gateway, 'a')).status).toBe(429);
}, 60_000);

const hasStore = spawnSync('redis-server', ['--version']).status === 0;

(hasStore ? describe : describe.skip)('with a real Redis (needs redis-server),', () => {
  const ALONE = 'the rate limit is counted by each gateway alone';
  const TOGETHER = 'the rate limit is counted by all gateways together again';

  async function startStore(port: number): Promise<void> {
    const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '']);
    store = child;
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    await until(() => output.includes('Ready to accept connections'));
  }

  /** A gateway that counts in Redis. */
  const start = (port: number, rateLimit = 10, settings: Settings = {}) =>
    limited(rateLimit, { rateLimitUrl: `redis://127.0.0.1:${port}`, ...settings });

  /** Two of them, and their Redis. */
  async function startTwo(
    rateLimit?: number,
    settings?: Settings,
  ): Promise<[RunningGateway, RunningGateway]> {
    const port = await freePort();
    await startStore(port);
    return [await start(port, rateLimit, settings), await start(port, rateLimit, settings)];
  }

  /** Sends 30 concurrent requests, in turn to each of the gateways, and returns how many pass. */
  async function passed(gateways: RunningGateway[], token: string): Promise<number> {
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => ask(gateways[index % gateways.length]!, token)),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([]);
    return statuses.filter((status) => status === 200).length;
  }

  const times = (gateway: RunningGateway, line: string) => gateway.logged().split(line).length - 1;

  /** The gateway tries Redis again every 5 seconds, when a request comes. */
  const untilTogether = (gateway: RunningGateway) =>
    until(async () => {
      await ask(gateway, 'tries');
      return times(gateway, TOGETHER) > 0;
    }, 20_000);

  test('two gateways count together from the first request on', async () => {
    const both = await startTwo();
    expect(await passed(both, 'a')).toBe(10);
    expect(await passed(both, 'b')).toBe(10);
    const { headers } = await ask(both[0], 'a');
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
  }, 30_000);

  test('two gateways count together for each address, separately from the count for callers without a token', async () => {
    const both = await startTwo(2, { rateLimitAddress: 4 });
    const statuses: number[] = [];
    for (const token of ['a', 'b', undefined, 'c', 'd']) {
      statuses.push((await ask(both[statuses.length % 2]!, token)).status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 429]);
  }, 30_000);

  test('each gateway answers and counts alone while Redis hangs, and they count together afterwards', async () => {
    const both = await startTwo();
    const [one, other] = both;
    expect(await passed([one], 'used up')).toBe(10);

    store?.kill('SIGSTOP');
    expect(await passed([one], 'used up')).toBe(0);
    expect(await passed([one], 'a')).toBe(10);
    expect(await passed([other], 'a')).toBe(10);
    expect(await passed(both, 'a')).toBe(0);
    for (const gateway of both) {
      expect(times(gateway, ALONE)).toBe(1);
      expect(gateway.logged()).toContain('no answer in 50 ms');
    }

    store?.kill('SIGCONT');
    for (const gateway of both) await untilTogether(gateway);
    expect(await passed(both, 'b')).toBe(10);
    for (const gateway of both) expect([times(gateway, ALONE), times(gateway, TOGETHER)]).toEqual([1, 1]);
  }, 60_000);

  test('a gateway counts alone while Redis is down, and together after it restarts', async () => {
    const port = await freePort();
    await startStore(port);
    const gateway = await start(port);
    expect(await passed([gateway], 'used up')).toBe(10);

    store?.kill('SIGKILL');
    await until(() => times(gateway, ALONE) === 1); // noticed without a request
    expect(await passed([gateway], 'used up')).toBe(0);
    expect(await passed([gateway], 'a')).toBe(10);

    await startStore(port);
    await untilTogether(gateway);
    expect(await passed([gateway, await start(port)], 'b')).toBe(10);
    expect([times(gateway, ALONE), times(gateway, TOGETHER)]).toEqual([1, 1]);
  }, 60_000);

  test('a gateway starts without Redis, and counts together once Redis runs', async () => {
    const port = await freePort();
    const gateway = await start(port);
    expect(times(gateway, ALONE)).toBe(1);
    expect(await passed([gateway], 'a')).toBe(10);

    await startStore(port);
    await untilTogether(gateway);
    expect(await passed([gateway, await start(port)], 'b')).toBe(10);
  }, 60_000);

  test('a gateway starts and counts alone while Redis hangs', async () => {
    const port = await freePort();
    await startStore(port);
    store?.kill('SIGSTOP');
    const gateway = await start(port);
    expect(await passed([gateway], 'a')).toBe(10);
    expect(times(gateway, ALONE)).toBe(1);
  });
});
