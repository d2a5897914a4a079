import { expect, test } from '@jest/globals';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { pino } from 'pino';
import { LtsClient } from '../src/lts/lts-client.ts';
import { ltsPath } from '../src/lts/lts-path.ts';
import { createLtsTransport } from '../src/lts/lts-transport.ts';
import { createMetrics } from '../src/telemetry/metrics.ts';
import type { RequestContext } from '../src/telemetry/request-context.ts';
import { startScriptedServer } from './support/scripted-server.ts';

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
  log: pino({ level: 'silent' }),
  summary: { trace: ROOT_CONTEXT },
};

// What holds for a call that is added later as well, and for which nobody looks up what became of it.
test.each([
  [true, 'retryable'],
  [false, 'not retryable: LTS may have carried it out'],
])('a call with idempotent: %s whose reply is lost is %s', async (idempotent) => {
  const lts = await startScriptedServer();
  lts.answer = (request) => request.socket.resetAndDestroy();
  const client = new LtsClient(createLtsTransport(lts.url, 1_000), {
    metrics: createMetrics(),
    timeoutMs: 1_000,
    circuitBreaker: (call) => call(false),
  });
  const path = ltsPath('/v2/{projectId}/things/{thingId}', { projectId: 'p', thingId: 't' });
  const call = { method: 'POST', path, idempotent, read: () => null } as const;
  const failure = await client.send(call, CONTEXT).catch((error) => error);
  client.close();
  await lts.close();
  expect(failure).toMatchObject({ code: 'GATEWAY.UNREACHABLE', isRetryable: idempotent });
  expect(lts.received.map((request) => request.path)).toEqual(['/v2/p/things/t']);
});
