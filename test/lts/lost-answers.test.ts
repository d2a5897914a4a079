import { describe, expect, test } from '@jest/globals';
import type { Fault, FaultKind, GatewayRefusal } from '../../src/embedded-lts/faults.ts';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { LOST_REPLIES } from '../support/faults.ts';
import { CREATE_LOG_GROUP, CREATE_LOG_STREAM, LOG_STREAMS } from '../support/operations.ts';
import {
  type Answer,
  answerWith,
  hangUp,
  listing,
  replyToWrites,
  replyWith,
} from '../support/scripted-server.ts';
import { until } from '../support/until.ts';
import { useGateway, useGatewayOnEmbeddedLts, useGateways } from '../support/use-gateways.ts';

const { projectId, groupId } = DEMO;
const TIMES = { ltsTimeoutMs: 500, settleTimes: { missingAfterMs: 60, lastListMs: 2_000 } };
/** For a test of what happens first: far enough apart that a busy machine keeps the order. */
const missingAfterMs = 600;
const FAR_APART = { ...TIMES, settleTimes: { ...TIMES.settleTimes, missingAfterMs } };
const LATE_BUT_FOUND_MS = TIMES.ltsTimeoutMs + 200;
const TOO_LATE_MS = 3_000;

const { gateway, lts } = useGatewayOnEmbeddedLts(TIMES);
const { gateway: onScripted, scripted } = useGateway(TIMES);
const startGateway = useGateways();

const send = (name: string) =>
  gateway.resultOf(CREATE_LOG_STREAM, { projectId, groupId, input: { name, ttlInDays: 3 } });
const sendScripted = (to = onScripted) =>
  to.resultOf(CREATE_LOG_STREAM, { projectId, groupId, input: { name: 'a' } });

async function create(name: string, ...faults: Fault[]) {
  lts.faults.failNext(...faults);
  const result = await send(name);
  expect(lts.calls.get('CreateLogStream')).toBe(1);
  return result;
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
  { kind: 'redirect', to: 'http://127.0.0.1:1' },
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
    expect(await send('late')).toMatchObject({
      code: 'GATEWAY.TIMEOUT',
      kind: 'TIMEOUT',
      outcome: 'NOT_APPLIED',
      isRetryable: true,
      message: 'LTS did not answer in time. Nothing was created.',
    });
    // The gateway cannot know that LTS creates it later; a second attempt does not create it twice.
    await until(() => named('late').length > 0);
    expect(await send('late')).toMatchObject({ kind: 'ALREADY_EXISTS' });
    expect(named('late')).toHaveLength(1);
  });

  test('returns LogStreamCreated when LTS creates the log stream late but before the last list', async () => {
    lts.faults.failNext(onCreate('before', { kind: 'delay', ms: LATE_BUT_FOUND_MS }));
    const patient = await startGateway(lts.url, FAR_APART);
    const input = { name: 'late' };
    expect(await patient.resultOf(CREATE_LOG_STREAM, { projectId, groupId, input })).toMatchObject({
      __typename: 'LogStreamCreated',
      logStreamId: named('late')[0]?.log_stream_id,
    });
  });
});

describe('createLogStream, when LTS closes the connection and continues to work,', () => {
  const appearingAfter = async (ms: number) => {
    let lostAt = 0;
    let lastListAt = 0;
    const lose: Answer = ({ socket }) => {
      lostAt = performance.now();
      socket.destroy();
    };
    const list = answerWith(() => {
      lastListAt = performance.now();
      const stream = { log_stream_id: 'id', log_stream_name: 'a', creation_time: Date.now() };
      const isThere = lastListAt - lostAt >= ms;
      return replyWith(200, listing([], isThere ? [stream] : []));
    });
    scripted.answer = replyToWrites(lose, list);
    const answer = await sendScripted(await startGateway(scripted.url, FAR_APART));
    return { answer, lastListMs: lastListAt - lostAt };
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

test('createLogStream with the name of an old log stream returns an error that is not retryable when the answer is lost', async () => {
  const old = lts.store.addStream(lts.store.groupOf(groupId), { log_stream_name: 'old' });
  old.creation_time -= 60_000;
  expect(await create('old', onCreate('after', { kind: 'reset' }))).toMatchObject({
    __typename: 'LtsError',
    code: 'GATEWAY.UNREACHABLE',
    outcome: 'NOT_APPLIED',
    isRetryable: false,
    message:
      'LTS could not be reached. Nothing was created: a log stream of that name had been there before.',
  });
});

test('createLogStream does not take for its own what the same operation has created before', async () => {
  const streams: object[] = [];
  const createOnce = answerWith(() => {
    if (streams.length > 0) return hangUp;
    streams.push({ log_stream_id: 'first', log_stream_name: 'a', creation_time: Date.now() });
    return replyWith(201, { log_stream_id: 'first' });
  });
  const list = answerWith(() => replyWith(200, listing([], streams)));
  scripted.answer = replyToWrites(createOnce, list);
  const create = `createLogStream(projectId: "p", groupId: "g", input: { name: "a" }) {
    ... on LogStreamCreated { logStreamId } ... on LtsError { outcome isRetryable existingLogStream { id } }
  }`;
  const { data } = await onScripted.send(`mutation { one: ${create} two: ${create} }`);
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
    const list = answerWith(() => {
      const now = Date.now() + aheadMs;
      const stream = { log_stream_id: 'found', log_stream_name: 'a', creation_time: now + ageMs };
      return replyWith(200, listing([], [stream]), { date: new Date(now).toUTCString() });
    });
    scripted.answer = replyToWrites(hangUp, list);
    expect((await sendScripted()).__typename).toBe(expected);
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
    const expired = replyWith(401, { error_code: 'LTS.0003', error_msg: 'Invalid token' });
    scripted.answer = replyToWrites(hangUp, expired);
    expect(await sendScripted()).toMatchObject(unknown);
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

test('createLogGroup finds out what was created when the answer is lost', async () => {
  lts.faults.failNext({ when: 'after', kind: 'reset', operation: 'CreateLogGroup' });
  const createGroup = (name: string) =>
    gateway.resultOf(CREATE_LOG_GROUP, { projectId, input: { name, ttlInDays: 3 } });
  const created = await createGroup('new-group');
  const stored = [...lts.store.groups.values()].find((group) => group.log_group_name === 'new-group');
  expect(created).toMatchObject({
    __typename: 'LogGroupCreated',
    logGroupId: stored?.log_group_id,
    logGroup: { createdAt: new Date(stored?.creation_time ?? 0).toISOString() },
  });

  lts.faults.failNext({ when: 'before', kind: 'badGateway', operation: 'CreateLogGroup' });
  expect(await createGroup('other')).toMatchObject({
    kind: 'UNAVAILABLE',
    outcome: 'NOT_APPLIED',
    isRetryable: true,
    message: 'LTS sent a reply that cannot be read. Nothing was created.',
  });
  expect(lts.calls.get('CreateLogGroup')).toBe(2);
});

describe('logStreams', () => {
  const list = () => gateway.send(LOG_STREAMS, { projectId, groupId });

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
