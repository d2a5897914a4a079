import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { EmbeddedLts } from '../../src/embedded-lts/embedded-lts.ts';
import type { Fault, FaultKind, GatewayRefusal } from '../../src/embedded-lts/faults.ts';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { LOST_REPLIES } from '../support/faults.ts';
import { type RunningGateway, startGateway, startGatewayOnEmbeddedLts } from '../support/gateway.ts';
import { CREATE_LOG_GROUP, CREATE_LOG_STREAM, LOG_STREAMS } from '../support/operations.ts';
import { replyWith, type ScriptedServer, startScriptedServer } from '../support/scripted-server.ts';
import { until } from '../support/until.ts';

const { projectId, groupId } = DEMO;
const TIMES = { ltsTimeoutMs: 500, settleTimes: { missingAfterMs: 60, lastListMs: 2_000 } };
/** For a test of what happens first: far enough apart that a busy machine keeps the order. */
const missingAfterMs = 600;
const FAR_APART = { ...TIMES, settleTimes: { ...TIMES.settleTimes, missingAfterMs } };
const LATE_BUT_FOUND_MS = TIMES.ltsTimeoutMs + 200;
const TOO_LATE_MS = 3_000;

let gateway: RunningGateway;
let lts: EmbeddedLts;
let running: Awaited<ReturnType<typeof startGatewayOnEmbeddedLts>>;
let elsewhere: ScriptedServer;

beforeAll(async () => {
  running = await startGatewayOnEmbeddedLts(TIMES);
  ({ gateway, lts } = running);
  elsewhere = await startScriptedServer();
});
beforeEach(() => {
  lts.store.reset();
  lts.calls.clear();
});
afterEach(() => {
  expect(lts.faults.pending).toBe(0);
  expect(elsewhere.received).toEqual([]);
});
afterAll(async () => {
  await running.close();
  await elsewhere.close();
});

async function create(name: string, ...faults: Fault[]) {
  lts.faults.failNext(...faults);
  const { data } = await gateway.send(CREATE_LOG_STREAM, {
    projectId,
    groupId,
    input: { name, ttlInDays: 3 },
  });
  expect(lts.calls.get('CreateLogStream')).toBe(1);
  return data.createLogStream;
}
const onCreate = (when: Fault['when'], fault: FaultKind): Fault => ({
  operation: 'CreateLogStream',
  when,
  ...fault,
});
const onList = (fault: FaultKind | GatewayRefusal): Fault => ({
  operation: 'ListLogStream',
  when: 'before',
  ...fault,
});
const named = (name: string) =>
  [...lts.store.groupOf(groupId).streams.values()].filter((stream) => stream.log_stream_name === name);

/** Every fault that loses an answer. */
const LOSSES: FaultKind[] = [
  { kind: 'delay', ms: TOO_LATE_MS },
  { kind: 'cutOff', bytes: 0 },
  { kind: 'cutOff', bytes: 20 },
  { kind: 'slowBody', ms: 200 },
  ...LOST_REPLIES,
];

describe('createLogStream, when LTS creates the log stream and its answer is lost,', () => {
  test.each(LOSSES)('returns LogStreamCreated with the ID in LTS after %j', async (loss) => {
    const answer = await create('wanted', onCreate('after', loss));
    const [stream] = named('wanted');
    expect(answer).toEqual({
      __typename: 'LogStreamCreated',
      logStreamId: stream?.log_stream_id,
      logStream: {
        id: stream?.log_stream_id,
        name: 'wanted',
        alias: null,
        ttlInDays: 3,
        createdAt: new Date(stream?.creation_time ?? 0).toISOString(),
        enterpriseProjectId: '0',
        tags: [],
      },
    });
    expect(named('wanted')).toHaveLength(1);
  });

  test('returns LogStreamCreated after a redirect, which it does not follow', async () => {
    const redirect = { kind: 'redirect', to: elsewhere.url } as const;
    expect(await create('wanted', onCreate('after', redirect))).toMatchObject({
      __typename: 'LogStreamCreated',
    });
  });
});

describe('createLogStream without an answer of LTS', () => {
  test.each(LOSSES.filter(({ kind }) => kind !== 'delay'))(
    'returns a retryable NOT_APPLIED when LTS created nothing after %j',
    async (loss) => {
      const answer = await create('wanted', onCreate('before', loss));
      expect(answer).toMatchObject({
        __typename: 'LtsError',
        outcome: 'NOT_APPLIED',
        isRetryable: true,
      });
      expect(named('wanted')).toHaveLength(0);
    },
  );

  test('returns a retryable TIMEOUT when LTS creates the log stream after the last list', async () => {
    lts.faults.failNext(onCreate('before', { kind: 'delay', ms: TOO_LATE_MS }));
    const { data } = await gateway.send(CREATE_LOG_STREAM, { projectId, groupId, input: { name: 'late' } });
    expect(data.createLogStream).toMatchObject({
      code: 'GATEWAY.TIMEOUT',
      kind: 'TIMEOUT',
      outcome: 'NOT_APPLIED',
      isRetryable: true,
      message: 'LTS did not answer in time. Nothing was created.',
    });
    // The gateway cannot know that LTS creates it later; a second attempt does not create it twice.
    await until(() => named('late').length > 0);
    const again = await gateway.send(CREATE_LOG_STREAM, { projectId, groupId, input: { name: 'late' } });
    expect(again.data.createLogStream).toMatchObject({ kind: 'ALREADY_EXISTS' });
    expect(named('late')).toHaveLength(1);
  });

  test('returns LogStreamCreated when LTS creates the log stream late but before the last list', async () => {
    lts.faults.failNext(onCreate('before', { kind: 'delay', ms: LATE_BUT_FOUND_MS }));
    const patient = await startGateway(lts.url, FAR_APART);
    const { data } = await patient.send(CREATE_LOG_STREAM, { projectId, groupId, input: { name: 'late' } });
    await patient.close();
    expect(data.createLogStream).toMatchObject({
      __typename: 'LogStreamCreated',
      logStreamId: named('late')[0]?.log_stream_id,
    });
  });

  test('returns a retryable GATEWAY.UNREACHABLE when no connection is possible', async () => {
    const lost = await startGateway('http://127.0.0.1:1', TIMES);
    const { data } = await lost.send(CREATE_LOG_STREAM, { projectId, groupId, input: { name: 'a' } });
    await lost.close();
    expect(data.createLogStream).toMatchObject({
      code: 'GATEWAY.UNREACHABLE',
      outcome: 'NOT_APPLIED',
      isRetryable: true,
      message: 'LTS could not be reached. Nothing was created.',
    });
  });
});

describe('createLogStream, when LTS closes the connection and continues to work,', () => {
  const appearingAfter = async (ms: number) => {
    const scripted = await startScriptedServer();
    const onScripted = await startGateway(scripted.url, FAR_APART);
    let lostAt = 0;
    let lastListAt = 0;
    scripted.answer = (request, response, body) => {
      if (request.method === 'POST') {
        lostAt = performance.now();
        request.socket.destroy();
        return;
      }
      lastListAt = performance.now();
      const stream = { log_stream_id: 'id', log_stream_name: 'a', creation_time: Date.now() };
      const isThere = lastListAt - lostAt >= ms;
      replyWith(200, { log_streams: isThere ? [stream] : [] })(request, response, body);
    };
    const { data } = await onScripted.send(CREATE_LOG_STREAM, { projectId, groupId, input: { name: 'a' } });
    await onScripted.close();
    await scripted.close();
    return { answer: data.createLogStream, lastListMs: lastListAt - lostAt };
  };

  test('finds a log stream that appears before the last list', async () => {
    const { answer } = await appearingAfter(missingAfterMs - 50);
    expect(answer).toMatchObject({ __typename: 'LogStreamCreated', logStreamId: 'id' });
  });

  test('concludes that nothing was created only from a list requested after missingAfterMs', async () => {
    const { answer, lastListMs } = await appearingAfter(Number.POSITIVE_INFINITY);
    expect(answer).toMatchObject({ outcome: 'NOT_APPLIED', isRetryable: true });
    expect(lastListMs).toBeGreaterThanOrEqual(missingAfterMs - 20);
  });
});

describe('createLogStream with the name of an old log stream', () => {
  beforeEach(() => {
    const old = lts.store.addStream(lts.store.groupOf(groupId), { log_stream_name: 'old' });
    old.creation_time -= 60_000;
  });

  test('returns an error that is not retryable when the answer is lost', async () => {
    const answer = await create('old', onCreate('after', { kind: 'reset' }));
    expect(answer).toMatchObject({
      __typename: 'LtsError',
      code: 'GATEWAY.UNREACHABLE',
      outcome: 'NOT_APPLIED',
      isRetryable: false,
      message:
        'LTS could not be reached. Nothing was created: a log stream of that name had been there before.',
    });
  });
});

test('createLogStream does not take for its own what the same operation has created before', async () => {
  const scripted = await startScriptedServer();
  const onScripted = await startGateway(scripted.url, TIMES);
  const streams: object[] = [];
  scripted.answer = (request, response, body) => {
    if (request.method === 'GET') return replyWith(200, { log_streams: streams })(request, response, body);
    if (streams.length > 0) return request.socket.destroy();
    streams.push({ log_stream_id: 'first', log_stream_name: 'a', creation_time: Date.now() });
    replyWith(201, { log_stream_id: 'first' })(request, response, body);
  };
  const create = `createLogStream(projectId: "p", groupId: "g", input: { name: "a" }) {
    ... on LogStreamCreated { logStreamId } ... on LtsError { outcome isRetryable existingLogStream { id } }
  }`;
  const { data } = await onScripted.send(`mutation { one: ${create} two: ${create} }`);
  await onScripted.close();
  await scripted.close();
  expect(data).toEqual({
    one: { logStreamId: 'first' },
    two: { outcome: 'NOT_APPLIED', isRetryable: false, existingLogStream: { id: 'first' } },
  });
});

describe('createLogStream whose answer is lost, with the clock of LTS', () => {
  test.each([
    ['an hour ahead', 'LogStreamCreated', 'new', 3_600_000, 0],
    ['an hour behind', 'LogStreamCreated', 'new', -3_600_000, 0],
    ['an hour ahead', 'LtsError', 'a minute old', 3_600_000, -60_000],
    ['an hour behind', 'LtsError', 'a minute old', -3_600_000, -60_000],
  ])('%s, returns %s for a log stream that is %s', async (_clock, expected, _age, aheadMs, ageMs) => {
    const scripted = await startScriptedServer();
    const onScripted = await startGateway(scripted.url, TIMES);
    scripted.answer = (request, response, body) => {
      if (request.method === 'POST') return request.socket.destroy();
      const now = Date.now() + aheadMs;
      const stream = { log_stream_id: 'found', log_stream_name: 'a', creation_time: now + ageMs };
      replyWith(200, { log_streams: [stream] }, { date: new Date(now).toUTCString() })(
        request,
        response,
        body,
      );
    };
    const { data } = await onScripted.send(CREATE_LOG_STREAM, { projectId, groupId, input: { name: 'a' } });
    await onScripted.close();
    await scripted.close();
    expect(data.createLogStream.__typename).toBe(expected);
  });
});

describe('createLogStream whose answer is lost', () => {
  const unknown = {
    __typename: 'LtsError',
    outcome: 'UNKNOWN',
    isRetryable: false,
    message: expect.stringMatching(
      / Whether the log stream was created is unknown: look for it before trying again\.$/,
    ),
  };

  test('returns an unknown outcome when LTS does not answer the lists', async () => {
    const silence = Array.from({ length: 10 }, () => onList({ kind: 'delay', ms: TOO_LATE_MS }));
    expect(await create('wanted', onCreate('after', { kind: 'reset' }), ...silence)).toMatchObject(unknown);
    lts.faults.clear();
  });

  test('returns an unknown outcome when the token expires before the list', async () => {
    const scripted = await startScriptedServer();
    const onScripted = await startGateway(scripted.url, TIMES);
    scripted.answer = (request, response, body) => {
      if (request.method === 'POST') return request.socket.destroy();
      replyWith(401, { error_code: 'LTS.0003', error_msg: 'Invalid token' })(request, response, body);
    };
    const { data } = await onScripted.send(CREATE_LOG_STREAM, { projectId, groupId, input: { name: 'a' } });
    await onScripted.close();
    await scripted.close();
    expect(data.createLogStream).toMatchObject(unknown);
    expect(scripted.received).toHaveLength(2);
  });

  test('lists again when the first list fails', async () => {
    const answer = await create(
      'wanted',
      onCreate('after', { kind: 'reset' }),
      onList({ kind: 'badGateway' }),
    );
    expect(answer).toMatchObject({ __typename: 'LogStreamCreated' });
  });
});

test('createLogStream passes on a refusal of LTS without a list', async () => {
  expect(await create('access')).toMatchObject({ code: 'LTS.0205', kind: 'ALREADY_EXISTS' });
  expect(await create429()).toMatchObject({ code: 'APIGW.0308', kind: 'RATE_LIMITED', isRetryable: true });
  expect(lts.calls.get('ListLogStream')).toBeUndefined();

  async function create429() {
    lts.calls.clear();
    return create('b', { operation: 'CreateLogStream', when: 'before', kind: 'tooManyRequests' });
  }
});

test('createLogGroup finds out what was created when the answer is lost', async () => {
  lts.faults.failNext({ when: 'after', kind: 'reset', operation: 'CreateLogGroup' });
  const input = { name: 'new-group', ttlInDays: 3 };
  const created = await gateway.send(CREATE_LOG_GROUP, { projectId, input });
  const stored = [...lts.store.groups.values()].find((group) => group.log_group_name === 'new-group');
  expect(created.data.createLogGroup).toMatchObject({
    __typename: 'LogGroupCreated',
    logGroupId: stored?.log_group_id,
    logGroup: { createdAt: new Date(stored?.creation_time ?? 0).toISOString() },
  });

  lts.faults.failNext({ when: 'before', kind: 'badGateway', operation: 'CreateLogGroup' });
  const failed = await gateway.send(CREATE_LOG_GROUP, { projectId, input: { ...input, name: 'other' } });
  expect(failed.data.createLogGroup).toMatchObject({
    kind: 'UNAVAILABLE',
    outcome: 'NOT_APPLIED',
    isRetryable: true,
    message: 'LTS sent a reply that cannot be read. Nothing was created.',
  });
  expect(lts.calls.get('CreateLogGroup')).toBe(2);
});

describe('logStreams', () => {
  const list = async () => gateway.send(LOG_STREAMS, { projectId, groupId });

  test.each<FaultKind>([{ kind: 'reset' }, { kind: 'badGateway' }, { kind: 'cutOff', bytes: 10 }])(
    'calls LTS once more after %j',
    async (fault) => {
      lts.faults.failNext(onList(fault));
      expect((await list()).data.logStreams).toHaveLength(1);
      expect(lts.calls.get('ListLogStream')).toBe(2);
    },
  );

  test('does not call LTS a third time', async () => {
    lts.faults.failNext(onList({ kind: 'badGateway' }), onList({ kind: 'badGateway' }));
    expect((await list()).errors[0].extensions).toMatchObject({ code: 'UNAVAILABLE', isRetryable: true });
    expect(lts.calls.get('ListLogStream')).toBe(2);
  });

  test.each<[FaultKind | GatewayRefusal, string]>([
    [{ kind: 'tooManyRequests', when: 'before' }, 'RATE_LIMITED'],
    [{ kind: 'missingApi', when: 'before' }, 'UNKNOWN'],
    [{ kind: 'gatewayTimeout' }, 'TIMEOUT'],
    [{ kind: 'delay', ms: TOO_LATE_MS }, 'TIMEOUT'],
    [{ kind: 'noContent' }, 'INTERNAL'],
  ])('does not call LTS again after %j', async (fault, kind) => {
    lts.faults.failNext(onList(fault));
    expect((await list()).errors[0].extensions.code).toBe(kind);
    expect(lts.calls.get('ListLogStream')).toBe(1);
  });
});

test('POST /_faults of the embedded LTS prepares a fault, and DELETE /_faults removes all faults', async () => {
  const prepare = (fault: object) =>
    fetch(`${lts.url}/_faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fault),
    });
  const accepted = await prepare({ when: 'after', kind: 'reset', operation: 'CreateLogStream' });
  expect([accepted.status, await accepted.json()]).toEqual([202, { pending: 1 }]);
  expect(await create('wanted')).toMatchObject({ __typename: 'LogStreamCreated' });

  for (const wrong of [
    {},
    { when: 'after', kind: 'delay' },
    { when: 'now', kind: 'reset' },
    { when: 'after', kind: 'x' },
  ]) {
    expect((await prepare(wrong)).status).toBe(400);
  }
  await prepare({ when: 'after', kind: 'reset' });
  expect((await fetch(`${lts.url}/_faults`, { method: 'DELETE' })).status).toBe(204);
});
