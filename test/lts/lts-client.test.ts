import { expect, test } from '@jest/globals';
import { fill, listLogGroups } from '../../src/lts/calls.ts';
import { isOutage, type LtsFailed, type LtsFailure } from '../../src/lts/failure.ts';
import type { LtsClientOptions } from '../../src/lts/lts-client.ts';
import { createLtsTransport } from '../../src/lts/lts-transport.ts';
import { judge } from '../../src/lts/reply.ts';
import type { RequestContext } from '../../src/request-context.ts';
import { SharedResource } from '../../src/shares.ts';
import { LOG_GROUPS } from '../support/operations.ts';
import { replyWith } from '../support/scripted-server.ts';
import { until } from '../support/until.ts';
import { useGateways, useScriptedServer } from '../support/use-gateways.ts';

const lts = useScriptedServer('each');
const startGateway = useGateways();

// What holds for a call that is added later as well, and for which nobody looks up what became of it.
test('a call that is not idempotent and whose reply is lost is not retryable: LTS may have carried it out', () => {
  const path = fill('/v2/{projectId}/things/{thingId}', { projectId: 'p', thingId: 't' });
  const call = { method: 'POST', path, idempotent: false, read: () => null } as const;
  const failure = { code: 'GATEWAY.UNREACHABLE', outcome: 'UNKNOWN', isRetryable: false };
  expect(() => judge(call, { lost: 'unreachable', wasConnected: true })).toThrow(
    expect.objectContaining({ failure: expect.objectContaining(failure) }),
  );
});

test('a read that gives way to an address with fewer calls is refused, and says nothing about LTS', async () => {
  lts.answer = () => {}; // all calls stay in flight
  const failures: LtsFailure[] = [];
  const clientOptions: Partial<LtsClientOptions> = {
    calls: new SharedResource('calls_in_flight', 4),
    async circuitBreaker(call) {
      try {
        return await call(false);
      } catch (error) {
        failures.push((error as LtsFailed).failure);
        throw error;
      }
    },
  };
  const gateway = await startGateway(lts.url, { ltsTimeoutMs: 60_000 }, clientOptions);
  const readFrom = (address: string) =>
    gateway.send(LOG_GROUPS, { projectId: 'p' }, { 'x-auth-token': 'any', 'x-forwarded-for': address });
  const greedy = [readFrom('203.0.113.1'), readFrom('203.0.113.1')];
  await until(() => lts.received.length === 2);
  const others = [readFrom('203.0.113.2'), readFrom('203.0.113.3')];
  await until(() => lts.received.length === 4);
  others.push(readFrom('203.0.113.4'));
  const { errors } = await Promise.race(greedy);
  expect(errors[0].extensions.ltsCode).toBe('GATEWAY.OVERLOADED');
  expect(failures).toMatchObject([{ refusal: 'calls_in_flight' }]);
  expect(failures.map(isOutage)).toEqual([false]);
  await until(() => lts.received.length === 5);
  await lts.close();
  await Promise.all([...greedy, ...others]);
});

test('a reply that has arrived is read when its turn comes, also if its call had to give way meanwhile', async () => {
  const body = JSON.stringify({ log_groups: [], padding: 'x'.repeat(20_000) });
  lts.answer = replyWith(200, body);
  const giveWay = new AbortController();
  const context = {
    memory: { grow: () => true, shrink: () => {} },
    waitForTurn: async (kind?: string) => (kind === 'long' ? giveWay.abort() : undefined),
  } as unknown as RequestContext;
  const transport = createLtsTransport(lts.url, { ltsMaxReplyBytes: 1_000_000, ltsProxy: null });
  const options = { token: 'any', timeoutMs: 5_000, traceHeaders: {}, giveWay: giveWay.signal };
  expect(await transport.send(listLogGroups('p'), context, options)).toMatchObject({ status: 200, body });
  expect(giveWay.signal.aborted).toBe(true);
  transport.close();
});
