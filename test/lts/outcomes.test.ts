import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { createCircuitBreaker } from '../../src/lts/circuit-breaker.ts';
import { LtsClient } from '../../src/lts/lts-client.ts';
import { createLtsTransport } from '../../src/lts/lts-transport.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { type RunningGateway, startGateway, TOKEN } from '../support/gateway.ts';
import {
  CREATE_LOG_GROUP,
  CREATE_LOG_STREAM,
  DELETE_LOG_GROUP,
  DELETE_LOG_STREAM,
  GROUPS_WITH_STREAMS,
  LOG_STREAMS,
  UPDATE_LOG_GROUP,
  UPDATE_LOG_STREAM,
} from '../support/operations.ts';
import { replyWith, type ScriptedServer } from '../support/scripted-server.ts';
import { useGateway, useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const { projectId, groupId } = DEMO;
const VARIABLES = { projectId, groupId, streamId: 's', input: { name: 'a', ttlInDays: 1 } };
const UPDATE = { ...VARIABLES, input: { ttlInDays: 1 } };
const LISTS = {
  log_groups: [{ log_group_id: groupId, log_group_name: 'g', ttl_in_days: 1, creation_time: 0 }],
  log_streams: [{ log_stream_id: 's', log_stream_name: 's', ttl_in_days: 1, creation_time: 0 }],
};

const { gateway: onScripted, scripted } = useGateway();
const { gateway, lts } = useGatewayOnEmbeddedLts();

type Answer = ScriptedServer['answer'];
const hangUp: Answer = (request) => request.socket.destroy();
const failWith = (status: number, code: string) =>
  replyWith(status, { error_code: code, error_msg: 'As LTS says' });

/** Sends a mutation to the gateway on the scripted server. */
async function sendTo(
  answers: { write: Answer; read?: Answer },
  mutation: string,
  variables: object = VARIABLES,
) {
  const { write, read = replyWith(200, LISTS) } = answers;
  scripted.answer = (request, ...rest) => (request.method === 'GET' ? read : write)(request, ...rest);
  const { data } = await onScripted.send(mutation, variables);
  const lists = scripted.received.filter(({ method }) => method === 'GET').length;
  return { result: Object.values(data)[0] as any, lists };
}

describe('a create that LTS answers with an error', () => {
  test.each([
    [CREATE_LOG_STREAM, 500, 'LTS.0202'],
    [CREATE_LOG_STREAM, 400, 'LTS.0202'],
    [CREATE_LOG_GROUP, 500, 'LTS.0102'],
  ])(
    'is NOT_APPLIED without a list where the code says that it failed: %#',
    async (mutation, status, code) => {
      const { result, lists } = await sendTo({ write: failWith(status, code) }, mutation);
      expect(result).toMatchObject({
        code,
        outcome: 'NOT_APPLIED',
        isRetryable: true,
        message: 'As LTS says',
      });
      expect(lists).toBe(0);
    },
  );

  test.each([
    [400, 'LTS.0009', false],
    [401, 'LTS.0003', false],
    [403, 'LTS.0001', false],
    [404, 'APIGW.0101', false],
    [429, 'APIGW.0308', true],
  ])('is NOT_APPLIED without a list where LTS refuses it: %i %s', async (status, code, isRetryable) => {
    const { result, lists } = await sendTo({ write: failWith(status, code) }, CREATE_LOG_STREAM);
    expect(result).toMatchObject({ code, outcome: 'NOT_APPLIED', isRetryable });
    expect(lists).toBe(0);
  });

  const PROVES_NOTHING: [string, number, string][] = [
    [CREATE_LOG_STREAM, 500, 'LTS.0010'],
    [CREATE_LOG_STREAM, 400, 'LTS.0010'],
    [CREATE_LOG_STREAM, 408, 'LTS.9999'],
    [CREATE_LOG_STREAM, 500, 'LTS.0102'],
    [CREATE_LOG_STREAM, 502, 'LTS.0202'],
    [CREATE_LOG_STREAM, 200, 'LTS.0202'],
    [CREATE_LOG_GROUP, 500, 'LTS.0202'],
    [CREATE_LOG_GROUP, 503, 'APIGW.0613'],
  ];

  test.each(PROVES_NOTHING)(
    'is looked up where that proves nothing, and is found: %#',
    async (mutation, status, code) => {
      const read: Answer = (...args) => {
        const created = { creation_time: Date.now(), ttl_in_days: 1 };
        const found = {
          log_groups: [{ log_group_id: 'new', log_group_name: 'a', ...created }],
          log_streams: [{ log_stream_id: 'new', log_stream_name: 'a', ...created }],
        };
        replyWith(200, found)(...args);
      };
      const { result } = await sendTo({ write: failWith(status, code), read }, mutation);
      expect(result.logStreamId ?? result.logGroupId).toBe('new');
    },
  );

  test.each(PROVES_NOTHING)('is NOT_APPLIED where it is not found: %#', async (mutation, status, code) => {
    const { result, lists } = await sendTo({ write: failWith(status, code) }, mutation);
    expect(result).toMatchObject({ code, httpStatus: status, outcome: 'NOT_APPLIED', isRetryable: true });
    expect(lists).toBeGreaterThan(1);
  });

  test.each(PROVES_NOTHING)('is UNKNOWN where the lists fail: %#', async (mutation, status, code) => {
    const answers = { write: failWith(status, code), read: failWith(403, 'LTS.0003') };
    const { result } = await sendTo(answers, mutation);
    expect(result).toMatchObject({ code, httpStatus: status, outcome: 'UNKNOWN', isRetryable: false });
  });
});

describe('an update or a delete', () => {
  test.each([
    [UPDATE_LOG_STREAM, UPDATE],
    [UPDATE_LOG_GROUP, UPDATE],
    [DELETE_LOG_STREAM, VARIABLES],
    [DELETE_LOG_GROUP, VARIABLES],
  ])(
    'is UNKNOWN, and retryable, where its answer is lost or an internal error: %#',
    async (mutation, variables) => {
      for (const write of [
        hangUp,
        failWith(500, 'LTS.0010'),
        failWith(500, 'LTS.0204'),
        replyWith(502, '<html>'),
      ]) {
        const { result } = await sendTo({ write }, mutation, variables);
        expect(result).toMatchObject({ outcome: 'UNKNOWN', isRetryable: true });
      }
    },
  );

  test.each([
    [UPDATE_LOG_STREAM, UPDATE],
    [UPDATE_LOG_GROUP, UPDATE],
    [DELETE_LOG_STREAM, VARIABLES],
    [DELETE_LOG_GROUP, VARIABLES],
  ])('is no success where a 200 has a body that is not JSON: %#', async (mutation, variables) => {
    for (const body of ['<html>Please sign in</html>', '{"ttl_in']) {
      const { result } = await sendTo({ write: replyWith(200, body) }, mutation, variables);
      expect(result).toMatchObject({
        code: 'GATEWAY.BAD_REPLY',
        kind: 'INTERNAL',
        httpStatus: 200,
        outcome: 'UNKNOWN',
        isRetryable: true,
      });
    }
  });

  test.each([
    [UPDATE_LOG_STREAM, UPDATE],
    [UPDATE_LOG_GROUP, UPDATE],
    [DELETE_LOG_STREAM, VARIABLES],
    [DELETE_LOG_GROUP, VARIABLES],
  ])('is NOT_APPLIED where LTS refuses it: %#', async (mutation, variables) => {
    const { result } = await sendTo({ write: failWith(400, 'LTS.0009') }, mutation, variables);
    expect(result).toMatchObject({ code: 'LTS.0009', outcome: 'NOT_APPLIED' });
  });

  test.each([UPDATE_LOG_STREAM, UPDATE_LOG_GROUP])(
    'is NOT_APPLIED where the read before it fails: %#',
    async (mutation) => {
      const { result } = await sendTo({ write: hangUp, read: hangUp }, mutation, UPDATE);
      expect(result).toMatchObject({
        code: 'GATEWAY.UNREACHABLE',
        outcome: 'NOT_APPLIED',
        isRetryable: true,
      });
      expect(scripted.received.map(({ method }) => method)).toEqual(['GET', 'GET']);
    },
  );
});

test('a mutation that the gateway refuses itself is NOT_APPLIED', async () => {
  const invalid = await gateway.send(CREATE_LOG_STREAM, { ...VARIABLES, input: { name: '' } });
  expect(invalid.data.createLogStream).toMatchObject({
    code: 'GATEWAY.INVALID_INPUT',
    outcome: 'NOT_APPLIED',
  });
  const anonymous = await gateway.send(CREATE_LOG_STREAM, VARIABLES, {});
  expect(anonymous.data.createLogStream).toMatchObject({
    code: 'GATEWAY.UNAUTHENTICATED',
    outcome: 'NOT_APPLIED',
  });
  const missing = await gateway.send(UPDATE_LOG_STREAM, UPDATE);
  expect(missing.data.updateLogStream).toMatchObject({ code: 'GATEWAY.NOT_FOUND', outcome: 'NOT_APPLIED' });
});

describe('what has the name that a create wanted', () => {
  const WITH_EXISTING = CREATE_LOG_STREAM.replace(
    'code message',
    'existingLogStream { id name ttlInDays } existingLogGroup { id } code message',
  );
  const GROUP_WITH_EXISTING = CREATE_LOG_GROUP.replace(
    'code message',
    'existingLogGroup { id name logStreams { name } } existingLogStream { id } code message',
  );

  test('is in existingLogStream, read with one list by the same token', async () => {
    const variables = { projectId, groupId, input: { name: 'access' } };
    const { data } = await gateway.send(WITH_EXISTING, variables);
    const [access] = lts.store.groupOf(groupId).streams.values();
    expect(data.createLogStream).toMatchObject({
      kind: 'ALREADY_EXISTS',
      existingLogStream: { id: access?.log_stream_id, name: 'access' },
      existingLogGroup: null,
    });
    expect(Object.fromEntries(lts.calls)).toEqual({ CreateLogStream: 1, ListLogStream: 1 });

    await sendTo({ write: failWith(400, 'LTS.0205') }, WITH_EXISTING);
    expect(scripted.received.map(({ headers }) => headers['x-auth-token'])).toEqual([TOKEN, TOKEN]);
  });

  test('is in existingLogGroup, with its log streams', async () => {
    const { data } = await gateway.send(GROUP_WITH_EXISTING, {
      projectId,
      input: { name: 'web-shop', ttlInDays: 1 },
    });
    expect(data.createLogGroup).toMatchObject({
      kind: 'ALREADY_EXISTS',
      existingLogGroup: { id: groupId, name: 'web-shop', logStreams: [{ name: 'access' }] },
      existingLogStream: null,
    });
  });

  test('costs no call when it is not selected', async () => {
    await gateway.send(CREATE_LOG_STREAM, { projectId, groupId, input: { name: 'access' } });
    expect(Object.fromEntries(lts.calls)).toEqual({ CreateLogStream: 1 });
  });

  test('is told of a lost create as well, where the name had been taken before', async () => {
    const { result, lists } = await sendTo({ write: hangUp }, WITH_EXISTING, {
      ...VARIABLES,
      input: { name: 's' },
    });
    expect(result).toMatchObject({
      outcome: 'NOT_APPLIED',
      isRetryable: false,
      existingLogStream: { id: 's' },
    });
    expect(lists).toBeGreaterThan(1); // an early list is no proof
  });

  test('is null without an error where the list fails, or has no such name', async () => {
    for (const read of [failWith(403, 'LTS.0003'), hangUp, replyWith(200, LISTS)]) {
      const { result } = await sendTo({ write: failWith(400, 'LTS.0205'), read }, WITH_EXISTING);
      expect(result).toMatchObject({ kind: 'ALREADY_EXISTS', existingLogStream: null });
    }
  });

  test('is null, and costs no call, after any other failure', async () => {
    const { result, lists } = await sendTo({ write: failWith(400, 'LTS.0206') }, WITH_EXISTING);
    expect(result).toMatchObject({ kind: 'QUOTA_EXCEEDED', existingLogStream: null });
    expect(lists).toBe(0);
  });
});

describe('inputErrors of a refusal by LTS', () => {
  const refusedWith = async (code: string, mutation: string, variables: object = VARIABLES) =>
    (await sendTo({ write: failWith(400, code) }, mutation, variables)).result.inputErrors;
  const at = (path: string[], message: string) => [{ path, message: expect.stringMatching(message) }];

  test.each<[string, string, object, object[]]>([
    ['LTS.0205', CREATE_LOG_STREAM, VARIABLES, at(['input', 'name'], 'already exists')],
    ['LTS.0101', CREATE_LOG_GROUP, VARIABLES, at(['input', 'name'], 'already exists')],
    ['LTS.0106', CREATE_LOG_GROUP, VARIABLES, at(['input', 'ttlInDays'], 'retention')],
    ['LTS.0106', UPDATE_LOG_GROUP, UPDATE, at(['input', 'ttlInDays'], 'retention')],
    ['LTS.0201', CREATE_LOG_STREAM, VARIABLES, at(['groupId'], 'does not exist')],
    ['LTS.0201', DELETE_LOG_GROUP, VARIABLES, at(['groupId'], 'does not exist')],
    ['LTS.0208', UPDATE_LOG_STREAM, UPDATE, at(['streamId'], 'does not exist')],
    ['LTS.0208', DELETE_LOG_STREAM, VARIABLES, at(['streamId'], 'does not exist')],
    ['LTS.0208', CREATE_LOG_STREAM, VARIABLES, []],
    ['LTS.0205', UPDATE_LOG_STREAM, UPDATE, []],
    ['LTS.0201', CREATE_LOG_GROUP, VARIABLES, []],
    ['LTS.0206', CREATE_LOG_STREAM, VARIABLES, []],
  ])('name the value that %s is about: %#', async (code, mutation, variables, expected) => {
    expect(await refusedWith(code, mutation, variables)).toEqual(expected);
  });

  test('are in the extensions of a query error, where the field has the argument', async () => {
    const variables = { projectId, groupId: 'none' };
    const { errors } = await gateway.send(LOG_STREAMS, variables);
    expect(errors[0].extensions.inputErrors).toEqual(at(['groupId'], 'does not exist'));

    scripted.answer = (request, ...rest) =>
      (/groups$/.test(request.url ?? '') ? replyWith(200, LISTS) : failWith(400, 'LTS.0201'))(
        request,
        ...rest,
      );
    const nested = await onScripted.send(GROUPS_WITH_STREAMS, { projectId });
    expect(nested.errors[0].extensions).toMatchObject({ ltsCode: 'LTS.0201' });
    expect(nested.errors[0].extensions).not.toHaveProperty('inputErrors');
  });
});

describe('retryAfterSeconds', () => {
  const inTwoMinutes = (date: Date) => ({
    date: date.toUTCString(),
    'retry-after': new Date(date.getTime() + 120_000).toUTCString(),
  });

  test.each<[string, number, Record<string, string>, number | null]>([
    ['seconds', 429, { 'retry-after': '7' }, 7],
    ['seconds of 503', 503, { 'retry-after': '30' }, 30],
    ['none', 429, {}, null],
    ['a date, by the clock of LTS', 429, inTwoMinutes(new Date('2020-01-01T00:00:00Z')), 120],
    [
      'a date in the past',
      429,
      { date: new Date().toUTCString(), 'retry-after': new Date(0).toUTCString() },
      0,
    ],
    ['a year', 429, { 'retry-after': '31536000' }, 86_400],
    ['more digits than a number has', 429, { 'retry-after': '9'.repeat(400) }, 86_400],
    ['words', 429, { 'retry-after': 'soon' }, null],
    ['a negative number', 429, { 'retry-after': '-1' }, null],
    ['another status', 500, { 'retry-after': '7' }, null],
  ])('is what LTS says: %s', async (_what, status, headers, expected) => {
    const write = replyWith(status, { error_code: 'LTS.0202', error_msg: 'As LTS says' }, headers);
    const { result } = await sendTo({ write }, CREATE_LOG_STREAM);
    expect(result.retryAfterSeconds).toBe(expected);
  });

  test('is in the extensions of a query error, and LTS is not asked again before', async () => {
    scripted.answer = replyWith(503, '', { 'retry-after': '12' });
    const { errors } = await onScripted.send(LOG_STREAMS, VARIABLES);
    expect(errors[0].extensions).toMatchObject({ code: 'UNAVAILABLE', retryAfterSeconds: 12 });
    expect(scripted.received).toHaveLength(1);
  });
});

describe('a gateway that does not ask LTS', () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    const metrics = createMetrics();
    const log = { info: () => {}, warn: () => {} };
    const options = { threshold: 0.1, windowMs: 10_000, minimumPerSecond: 0.1, openMs: 60_000 };
    const circuitBreaker = createCircuitBreaker({ metrics, log }, options);
    const transport = createLtsTransport('http://127.0.0.1:1', 1_000);
    gateway = await startGateway(new LtsClient(transport, { metrics, timeoutMs: 500, circuitBreaker }));
  });
  afterAll(() => gateway.close());

  test('says in retryAfterSeconds when it will ask again', async () => {
    let result: any;
    for (let attempts = 0; attempts < 20 && result?.code !== 'GATEWAY.OVERLOADED'; attempts += 1) {
      result = (await gateway.send(CREATE_LOG_STREAM, VARIABLES)).data.createLogStream;
    }
    expect(result).toMatchObject({ code: 'GATEWAY.OVERLOADED', outcome: 'NOT_APPLIED', isRetryable: true });
    expect(result.retryAfterSeconds).toBeGreaterThan(30);
    expect(result.retryAfterSeconds).toBeLessThanOrEqual(60);
  });
});
