import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { TOTALS } from '../../src/limits.ts';
import { CIRCUIT_BREAKER, createCircuitBreaker } from '../../src/lts/circuit-breaker.ts';
import type { LtsClientOptions } from '../../src/lts/lts-client.ts';
import { SharedResource } from '../../src/shares.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { type RunningGateway } from '../support/gateway.ts';
import { sendAndLeave } from '../support/leaving-caller.ts';
import { CREATE_LOG_STREAM, LOG_GROUPS } from '../support/operations.ts';
import {
  type Answer,
  answerWith,
  failWith,
  holdReplies,
  listing,
  replyWith,
} from '../support/scripted-server.ts';
import { until } from '../support/until.ts';
import { useGateways, useScriptedServer } from '../support/use-gateways.ts';

const ZH = JSON.parse(readFileSync('src/messages/zh-Hans.json', 'utf8'));
/** Requests in flight that one address may have. */
const SHARE = TOTALS.requestsInFlight / 2;
const VARIABLES = { projectId: 'p', groupId: 'g', input: { name: 'a' } };

const scripted = useScriptedServer('each');
const startGateway = useGateways();

interface Limits {
  circuitBreaker?: Partial<Record<keyof typeof CIRCUIT_BREAKER, number>>;
  /** Calls in flight; one address may have half of them. */
  calls?: number;
}

/** A gateway with limits that are easy to reach. */
function startLimited({ circuitBreaker = {}, calls }: Limits): Promise<RunningGateway> {
  const metrics = createMetrics();
  const clientOptions: Partial<LtsClientOptions> = {
    metrics,
    circuitBreaker: createCircuitBreaker(
      { metrics, log: pino({ level: 'silent' }) },
      { ...CIRCUIT_BREAKER, ...circuitBreaker },
    ),
    ...(calls && {
      calls: new SharedResource('calls_in_flight', calls, () =>
        metrics.refusals.inc({ reason: 'calls_in_flight' }),
      ),
    }),
  };
  return startGateway(scripted.url, { ltsTimeoutMs: 1_000 }, clientOptions);
}

const OVERLOADED = {
  ltsCode: 'GATEWAY.OVERLOADED',
  code: 'UNAVAILABLE',
  httpStatus: null,
  isRetryable: true,
};

describe('the circuit breaker', () => {
  // Open for long enough that a slow machine sees it.
  const circuitBreaker = { windowMs: 3_000, minimumPerSecond: 2, openMs: 1_000 };
  const readFrom = async (on: RunningGateway, address: string, projectId: string) => {
    const headers = { 'x-auth-token': 'any', 'x-forwarded-for': address };
    const { data, errors } = await on.send(LOG_GROUPS, { projectId }, headers);
    return { data, extensions: errors?.[0].extensions };
  };
  const readTimes = async (on: RunningGateway, times: number) => {
    for (let time = 0; time < times; time += 1) await on.send(LOG_GROUPS, VARIABLES);
  };

  test.each<[string, Answer]>([
    ['503', replyWith(503, '')],
    ['504', replyWith(504, '')],
    ['connection resets', (request) => request.socket.resetAndDestroy()],
  ])('opens after repeated %s and closes when LTS answers again', async (_what, answer) => {
    const on = await startLimited({ circuitBreaker });
    scripted.answer = answer;
    await until(async () => {
      const { errors } = await on.send(LOG_GROUPS, VARIABLES);
      return errors[0].extensions.ltsCode === 'GATEWAY.OVERLOADED';
    });
    scripted.received.length = 0;

    const read = await on.send(LOG_GROUPS, VARIABLES);
    const create = await on.send(CREATE_LOG_STREAM, VARIABLES);
    expect(read.errors[0].extensions).toMatchObject(OVERLOADED);
    expect(create.data.createLogStream).toMatchObject({
      code: 'GATEWAY.OVERLOADED',
      kind: 'UNAVAILABLE',
      isRetryable: true,
      message: 'LTS is not asked at the moment. Try again shortly. Nothing was created.',
    });
    expect(scripted.received).toEqual([]);
    expect(await on.metrics()).toMatch(/lts_gateway_refusals_total{reason="circuit_open"} [1-9]/);

    scripted.answer = replyWith(200, { log_groups: [] });
    await until(async () => (await on.send(LOG_GROUPS, VARIABLES)).errors === undefined);
  });

  test('stays open when the caller of the one call that tries leaves and LTS does not answer', async () => {
    const on = await startLimited({ circuitBreaker });
    scripted.answer = replyWith(503, '');
    await readTimes(on, 12);
    scripted.answer = () => {}; // LTS hangs
    await sleep(circuitBreaker.openMs + 100);
    scripted.received.length = 0;
    const caller = sendAndLeave(on.url, LOG_GROUPS, VARIABLES);
    await until(() => scripted.received.length === 1);
    caller.leave();
    await until(async () => !(await on.metrics()).includes('lts_gateway_circuit_state 1'));
    expect(await on.metrics()).toContain('lts_gateway_circuit_state 2');
  });

  test('of one project refuses no call for another one, and that of one address none of another address', async () => {
    const on = await startLimited({ circuitBreaker });
    scripted.answer = answerWith(({ url }) => replyWith(url?.includes('failing') ? 504 : 200, listing()));
    await until(async () => {
      const { extensions } = await readFrom(on, '203.0.113.1', 'failing');
      return extensions.ltsCode === 'GATEWAY.OVERLOADED';
    });
    expect((await readFrom(on, '203.0.113.1', 'other')).data).toEqual({ logGroups: [] });
    const elsewhere = await readFrom(on, '203.0.113.2', 'failing');
    expect(elsewhere.extensions.ltsCode).toBe('GATEWAY.BAD_REPLY');
  });

  test('refuses calls for all when LTS answers nobody, and lets one call at a time try', async () => {
    const on = await startLimited({ circuitBreaker });
    scripted.answer = replyWith(504, {});
    const read = (index: number) => readFrom(on, `203.0.113.${index}`, `p${index}`);
    for (let index = 0; index < 5; index += 1) await read(index);
    const before = scripted.received.length;
    expect((await read(200)).extensions).toMatchObject(OVERLOADED);
    expect(scripted.received).toHaveLength(before);
  });

  test.each([400, 401, 403, 404, 429, 500])('stays closed however often LTS answers %i', async (status) => {
    const on = await startLimited({ circuitBreaker });
    scripted.answer = failWith(status, 'LTS.9999', 'no');
    await readTimes(on, 30);
    expect(scripted.received).toHaveLength(30);
  });
});

test('a call to LTS beyond those in flight is refused at once, while those in flight are answered', async () => {
  const on = await startLimited({ calls: 4 });
  const answers = holdReplies(scripted, replyWith(200, listing()));
  const inFlight = [on.send(LOG_GROUPS, VARIABLES), on.send(LOG_GROUPS, VARIABLES)];
  await until(() => answers.length === 2);
  const refused = await on.send(LOG_GROUPS, VARIABLES);
  expect(refused.errors[0].extensions).toMatchObject(OVERLOADED);
  expect(scripted.received).toHaveLength(2);
  for (const answer of answers) answer();
  for (const { data } of await Promise.all(inFlight)) expect(data).toEqual({ logGroups: [] });

  const { requestId } = refused.errors[0].extensions;
  await until(() => on.lines(requestId).length > 0);
  expect(on.lines(requestId)[0]).toMatchObject({ outcome: 'GATEWAY.OVERLOADED', reason: 'calls_in_flight' });
  expect(await on.metrics()).toContain('lts_gateway_refusals_total{reason="calls_in_flight"} 1');
});

test('a request beyond the share of its address is refused in its language with Retry-After, while those in flight are answered', async () => {
  const origin = 'https://app.example.com';
  const accept = 'application/graphql-response+json';
  const headers = { accept, 'accept-language': 'zh', 'x-auth-token': 'any', origin };
  const gateway = await startGateway(scripted.url, { corsOrigins: [origin] });
  const answers = holdReplies(scripted, replyWith(200, listing()));
  const read = () => gateway.post({ query: LOG_GROUPS, variables: VARIABLES }, headers);
  const refused: Response[] = [];
  const asked = Array.from({ length: SHARE + 5 }, async () => {
    const response = await read();
    if (response.status === 503) refused.push(response);
    return response.status;
  });
  await until(() => refused.length === 5);
  const [first] = refused as [Response];
  expect(Object.fromEntries(first.headers)).toMatchObject({
    'retry-after': '5',
    'content-type': `${accept}; charset=utf-8`,
    'access-control-allow-origin': origin,
    'access-control-expose-headers': expect.stringContaining('X-Request-Id'),
    'content-language': 'zh-Hans',
    vary: 'Accept-Language, Origin',
  });
  expect(((await first.json()) as any).errors[0].extensions).toEqual({
    code: 'OVERLOADED',
    localizedMessage: ZH['error.OVERLOADED'],
    retryAfterSeconds: 5,
    requestId: first.headers.get('x-request-id'),
  });
  for (const path of ['/livez', '/livez/', '/livez?x=1', '/readyz/']) {
    expect((await fetch(`${gateway.url}${path}`)).status).toBe(200);
  }
  // One log line for the refusals of a second, with all their request IDs.
  const lines = () => gateway.lines('too many requests in flight');
  await until(() => lines().length > 0);
  const [{ requestIds, ...line }] = lines();
  expect(line).toMatchObject({ reason: 'requests_in_flight', refused: 5 });
  expect(requestIds.sort()).toEqual(refused.map(({ headers }) => headers.get('x-request-id')).sort());
  expect(await gateway.metrics()).toContain('lts_gateway_refusals_total{reason="requests_in_flight"} 5');
  await until(() => answers.length === SHARE);
  for (const answer of answers.splice(0)) answer();
  expect((await Promise.all(asked)).filter((status) => status === 200)).toHaveLength(SHARE);
  const next = read();
  await until(() => answers.length === 1);
  answers[0]?.();
  expect((await next).status).toBe(200);
});
