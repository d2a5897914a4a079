import { once } from 'node:events';
import { get, type IncomingMessage, request } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import type { Config } from '../../src/config/config.ts';
import type { RunningGateway } from '../support/gateway.ts';
import { ask, useRateLimitedGateways } from '../support/use-gateways.ts';

const limited = useRateLimitedGateways();

interface Caller {
  readonly token?: string;
  /** Address to connect from. */
  readonly localAddress?: string;
  readonly forwardedFor?: string;
}

/** Sends a request without an operation: the quickest answer is 400, or 429 over the limit. */
async function statusOf(gateway: RunningGateway, caller: Caller): Promise<number> {
  const { token, localAddress, forwardedFor } = caller;
  const headers = {
    ...(token && { 'x-auth-token': token }),
    ...(forwardedFor && { 'x-forwarded-for': forwardedFor }),
  };
  const sent = get(`${gateway.url}/graphql`, { localAddress, headers });
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode ?? 0;
}

/** Sends a request for each caller at once, and counts the answers by status. */
async function statusesOf(gateway: RunningGateway, callers: readonly Caller[]) {
  const statuses: Record<number, number> = {};
  for (const status of await Promise.all(callers.map((caller) => statusOf(gateway, caller))))
    statuses[status] = (statuses[status] ?? 0) + 1;
  return statuses;
}

test('a request over the limit is answered 429 with Retry-After and a GraphQL error', async () => {
  const gateway = await limited(2);
  expect((await ask(gateway, 'a')).status).toBe(200);
  expect((await ask(gateway, 'a')).status).toBe(200);
  const { status, headers, errors, data } = await ask(gateway, 'a');
  const retryAfterSeconds = Number(headers.get('retry-after'));
  expect([status, data]).toEqual([429, undefined]);
  expect(retryAfterSeconds).toBeGreaterThan(0);
  expect(retryAfterSeconds).toBeLessThanOrEqual(60);
  expect(errors).toEqual([
    {
      message: 'Too many requests. The Retry-After header says in how many seconds to try again.',
      extensions: {
        code: 'RATE_LIMITED',
        localizedMessage: 'You have sent too many requests. Wait a moment, then try again.',
        retryAfterSeconds,
        requestId: headers.get('x-request-id'),
      },
    },
  ]);
});

test('requests are counted by token, whichever header has it, and by address without a token', async () => {
  const gateway = await limited(1);
  expect((await ask(gateway, 'a')).status).toBe(200);
  expect((await ask(gateway, 'b')).status).toBe(200);
  expect((await ask(gateway)).status).toBe(200);
  expect((await gateway.send('{ __typename }', {}, { authorization: 'Bearer a' })).status).toBe(429);
  expect((await ask(gateway)).status).toBe(429);
  expect(await statusOf(gateway, { localAddress: '127.0.0.2' })).toBe(400);
});

test('exactly as many concurrent requests pass as the limit allows', async () => {
  const gateway = await limited(10);
  const answers = await Promise.all(Array.from({ length: 30 }, () => ask(gateway, 'a')));
  const passed = answers.filter(({ status }) => status === 200);
  expect(passed).toHaveLength(10);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(20);
  const remaining = passed.map(({ headers }) => Number(headers.get('x-ratelimit-remaining')));
  expect(remaining.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('probes are not counted', async () => {
  const gateway = await limited(1);
  for (let time = 0; time < 5; time += 1) expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
});

describe('the limit for each address', () => {
  const limitedByAddress = (rateLimitAddress: number, settings: Partial<Config> = {}) =>
    limited(0, { rateLimitAddress, ...settings });

  test('stops a caller who sends a new token with each request', async () => {
    const gateway = await limited(100, { rateLimitAddress: 10 });
    const callers = Array.from({ length: 30 }, (_, index) => ({ token: `new-${index}` }));
    expect(await statusesOf(gateway, callers)).toEqual({ 400: 10, 429: 20 });
    expect((await ask(gateway)).status).toBe(429);
    expect(await statusOf(gateway, { token: 'new-0', localAddress: '127.0.0.2' })).toBe(400);
  });

  test('does not replace the X-RateLimit headers of the limit for the token', async () => {
    const gateway = await limited(5, { rateLimitAddress: 50 });
    const { headers } = await ask(gateway, 'a');
    expect(headers.get('x-ratelimit-limit')).toBe('5');
    expect(headers.get('x-ratelimit-remaining')).toBe('4');
    expect(Number(headers.get('x-ratelimit-reset'))).toBeGreaterThan(0);
  });

  test('refuses a request without counting it for the token', async () => {
    const gateway = await limited(2, { rateLimitAddress: 1 });
    const near = { token: 'a', localAddress: '127.0.0.1' };
    expect(await statusesOf(gateway, [near, near, near])).toEqual({ 400: 1, 429: 2 });
    expect(await statusOf(gateway, { token: 'a', localAddress: '127.0.0.2' })).toBe(400);
  });

  test('refuses a request before its body has arrived', async () => {
    const gateway = await limitedByAddress(1);
    await ask(gateway, 'a');
    const sent = request(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': 50 },
    });
    sent.flushHeaders();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    sent.destroy();
    expect(response.statusCode).toBe(429);
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
  });

  test.each<[string, string | undefined, string]>([
    ['the address of the connection without X-Forwarded-For', undefined, '127.0.0.1'],
    ['the address of a caller behind a trusted proxy', '203.0.113.7', '203.0.113.7'],
    ['the right-most address that is not trusted', '198.51.100.1, 203.0.113.7, 10.0.0.1, ::1', '203.0.113.7'],
    ['the left-most address when all are trusted', '10.0.0.2, 192.168.0.1', '10.0.0.2'],
    ['the network of an IPv6 address', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::'],
    ['the IPv4 address of one that is written as IPv6', '::ffff:203.0.113.7', '203.0.113.7'],
    ['the address of the connection for a value that is not an address', 'unknown', '127.0.0.1'],
    ['the address of the connection for an address with a port', '203.0.113.7:4711', '127.0.0.1'],
    ['the last address of 3,000 proxies', `203.0.113.7${', 10.0.0.1'.repeat(3_000)}`, '10.0.0.1'],
    ['the address of the connection for a header of commas', ','.repeat(20_000), '127.0.0.1'],
    ['the network of an address with a long zone', `fe80::1%${'a'.repeat(20_000)}`, 'fe80::'],
  ])('counts %s', async (_case, forwardedFor, address) => {
    const gateway = await limitedByAddress(1);
    const caller = forwardedFor === undefined ? {} : { forwardedFor };
    expect(await statusOf(gateway, caller)).toBe(400);
    expect(await statusOf(gateway, caller)).toBe(429);
    expect(gateway.logged()).toContain(`"address":"${address}"`);
  });

  test.each([
    ['no proxy is trusted', []],
    ['only other addresses are trusted', ['10.0.0.0/8', 'uniquelocal']],
  ])('ignores X-Forwarded-For when %s', async (_case, trustedProxies) => {
    const gateway = await limitedByAddress(1, { trustedProxies });
    expect(await statusOf(gateway, { localAddress: '127.0.0.2' })).toBe(400);
    for (const forwardedFor of ['203.0.113.7', '127.0.0.3', 'anything']) {
      expect(await statusOf(gateway, { localAddress: '127.0.0.2', forwardedFor })).toBe(429);
    }
    expect(await statusOf(gateway, { localAddress: '127.0.0.3', forwardedFor: '127.0.0.2' })).toBe(400);
  });

  test('lets requests pass whatever other proxy headers contain', async () => {
    const gateway = await limitedByAddress(100);
    for (const value of ['', ',', 'a b', ':', '://', 'javascript', 'https,', '[', 'http://a/b?c#d', '%']) {
      const headers = { 'x-forwarded-proto': value, 'x-forwarded-host': value, 'x-forwarded-port': value };
      expect((await gateway.send('{ __typename }', {}, headers)).status).toBe(200);
      const response = await fetch(`${gateway.url}/graphql?query={__typename}`, {
        headers: { ...headers, 'apollo-require-preflight': '1' },
      });
      expect(response.status).toBe(200);
    }
  });

  test('counts refusals by their cause, and logs each address once with the setting to change', async () => {
    const gateway = await limited(2, { rateLimitAddress: 4 });
    const withToken = (count: number) => Array(count).fill({ token: 'a-token-that-is-secret' });
    expect(await statusesOf(gateway, withToken(3))).toEqual({ 400: 2, 429: 1 });
    expect(gateway.logged()).not.toContain('too many requests');
    expect(await statusesOf(gateway, withToken(4))).toEqual({ 429: 4 });
    const warnings = () => gateway.lines('too many requests from');
    expect(warnings()).toHaveLength(1);
    expect(warnings()[0]).toMatchObject({
      level: 40,
      address: '127.0.0.1',
      perMinute: 4,
      msg: "too many requests from one address: see RATE_LIMIT_ADDRESS, and TRUSTED_PROXIES if it is a proxy's",
    });
    const others = Array.from({ length: 4 }, () => ({ localAddress: '127.0.0.2' }));
    expect(await statusesOf(gateway, others)).toEqual({ 400: 2, 429: 2 });
    expect(warnings()).toHaveLength(2);
    expect(warnings()[1]).toMatchObject({ address: '127.0.0.2', setting: 'RATE_LIMIT' });
    const metrics = await gateway.metrics();
    expect(metrics).toContain('lts_gateway_rate_limited_total{by="token"} 2');
    expect(metrics).toContain('lts_gateway_rate_limited_total{by="address"} 5');
    expect(metrics).toContain('lts_gateway_refusals_total{reason="rate_limit_token"} 2');
    expect(metrics).toContain('lts_gateway_refusals_total{reason="rate_limit_address"} 5');
  });
});
