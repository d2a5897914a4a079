import { expect, test } from '@jest/globals';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { pino } from 'pino';
import { fill, listLogGroups } from '../../src/lts/calls.ts';
import { isOutage, type LtsFailed, type LtsFailure } from '../../src/lts/failure.ts';
import { LtsClient } from '../../src/lts/lts-client.ts';
import { createLtsTransport } from '../../src/lts/lts-transport.ts';
import type { RequestContext } from '../../src/request-context.ts';
import { SharedResource } from '../../src/shares.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { until } from '../support/until.ts';
import { useScriptedServer } from '../support/use-gateways.ts';

const CONTEXT: RequestContext = {
  language: 'en',
  requestId: 'r',
  caller: {
    token: 'any',
    tokenHash: null,
    tokenHashPrefix: null,
    address: '127.0.0.1',
    isTokenIn: () => false,
    withoutToken: (text) => text,
  },
  signal: new AbortController().signal,
  memory: { grow: () => true, shrink: () => {} },
  waitForTurn: async () => {},
  log: pino({ level: 'silent' }),
  summary: { trace: ROOT_CONTEXT },
};

const lts = useScriptedServer('each');

// What holds for a call that is added later as well, and for which nobody looks up what became of it.
test.each([
  [true, 'retryable'],
  [false, 'not retryable: LTS may have carried it out'],
])('a call with idempotent: %s whose reply is lost is %s', async (idempotent) => {
  lts.answer = (request) => request.socket.resetAndDestroy();
  const client = new LtsClient(createLtsTransport(lts.url, 1_000), {
    metrics: createMetrics(),
    timeoutMs: 1_000,
    circuitBreaker: (call) => call(false),
  });
  const path = fill('/v2/{projectId}/things/{thingId}', { projectId: 'p', thingId: 't' });
  const call = { method: 'POST', path, idempotent, read: () => null } as const;
  const { failure } = await client.send(call, CONTEXT).catch((error) => error);
  client.close();
  expect(failure).toMatchObject({ code: 'GATEWAY.UNREACHABLE', isRetryable: idempotent });
  expect(lts.received.map((request) => request.path)).toEqual(['/v2/p/things/t']);
});

test('a read that gives way to an address with fewer calls is refused, and says nothing about LTS', async () => {
  lts.answer = () => {}; // all calls stay in flight
  const failures: LtsFailure[] = [];
  const client = new LtsClient(createLtsTransport(lts.url, 1_000), {
    metrics: createMetrics(),
    timeoutMs: 60_000,
    calls: new SharedResource('calls_in_flight', 4),
    circuitBreaker: async (call) => {
      try {
        return await call(false);
      } catch (error) {
        failures.push((error as LtsFailed).failure);
        throw error;
      }
    },
  });
  const read = (address: string) => {
    const context = { ...CONTEXT, caller: { ...CONTEXT.caller, address } };
    return client.read(listLogGroups('p'), context).catch(({ failure }) => failure);
  };
  const first = read('greedy');
  const others = [read('greedy'), read('b'), read('c')];
  await until(() => lts.received.length === 4);
  others.push(read('d'));
  expect(await first).toMatchObject({
    code: 'GATEWAY.OVERLOADED',
    refusal: 'calls_in_flight',
  });
  expect(failures.map(isOutage)).toEqual([false]);
  await until(() => lts.received.length === 5);
  await lts.close();
  await Promise.all(others);
  client.close();
});
