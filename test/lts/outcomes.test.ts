import { describe, expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { createCircuitBreaker } from '../../src/lts/circuit-breaker.ts';
import { LtsClient } from '../../src/lts/lts-client.ts';
import { createLtsTransport } from '../../src/lts/lts-transport.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
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
import {
  type Answer,
  answerWith,
  hangUp,
  listedGroup,
  listedStream,
  listing,
  replyToWrites,
  replyWith,
} from '../support/scripted-server.ts';
import { useGateway, useGatewayOnEmbeddedLts, useGateways } from '../support/use-gateways.ts';

const { projectId, groupId } = DEMO;
const VARIABLES = { projectId, groupId, streamId: 's', input: { name: 'a', ttlInDays: 1 } };
const UPDATE = { ...VARIABLES, input: { ttlInDays: 1 } };
const LISTS = listing([listedGroup({ log_group_id: groupId })], [listedStream()]);

const { gateway: onScripted, scripted } = useGateway();
const { gateway } = useGatewayOnEmbeddedLts();

const failWith = (status: number, code: string) =>
  replyWith(status, { error_code: code, error_msg: 'As LTS says' });

/** Sends a mutation, whose write must be sent at most once, to the gateway on the scripted server. */
async function sendTo(
  { write, read = replyWith(200, LISTS) }: { write: Answer; read?: Answer },
  mutation: string,
  variables: object = VARIABLES,
) {
  scripted.received.length = 0;
  scripted.answer = replyToWrites(write, read);
  const result = await onScripted.resultOf(mutation, variables);
  const lists = scripted.received.filter(({ method }) => method === 'GET').length;
  expect(scripted.received.length - lists).toBeLessThanOrEqual(1);
  return { result, lists };
}

describe('a create that LTS answers with an error', () => {
  const CREATES = { createLogStream: CREATE_LOG_STREAM, createLogGroup: CREATE_LOG_GROUP };
  type Create = keyof typeof CREATES;

  test.each<[Create, number, string]>([
    ['createLogStream', 500, 'LTS.0202'],
    ['createLogStream', 400, 'LTS.0202'],
    ['createLogGroup', 500, 'LTS.0102'],
  ])(
    'is NOT_APPLIED without a list where the code says that it failed: %s %i %s',
    async (create, status, code) => {
      const { result, lists } = await sendTo({ write: failWith(status, code) }, CREATES[create]);
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
    [400, 'LTS.0009', 'INVALID_INPUT', false],
    [400, 'LTS.0205', 'ALREADY_EXISTS', false],
    [401, 'LTS.0003', 'UNAUTHENTICATED', false],
    [403, 'LTS.0001', 'FORBIDDEN', false],
    [404, 'APIGW.0101', 'UNKNOWN', false],
    [429, 'APIGW.0308', 'RATE_LIMITED', true],
  ])('is NOT_APPLIED without a list where LTS refuses it: %i %s', async (status, code, kind, isRetryable) => {
    const { result, lists } = await sendTo({ write: failWith(status, code) }, CREATE_LOG_STREAM);
    expect(result).toMatchObject({ code, kind, outcome: 'NOT_APPLIED', isRetryable });
    expect(lists).toBe(0);
  });

  describe.each<[Create, number, string]>([
    ['createLogStream', 500, 'LTS.0010'],
    ['createLogStream', 400, 'LTS.0010'],
    ['createLogStream', 408, 'LTS.9999'],
    ['createLogStream', 500, 'LTS.0102'],
    ['createLogStream', 502, 'LTS.0202'],
    ['createLogStream', 200, 'LTS.0202'],
    ['createLogGroup', 500, 'LTS.0202'],
    ['createLogGroup', 503, 'APIGW.0613'],
  ])('that proves nothing: %s %i %s', (create, status, code) => {
    const write = failWith(status, code);

    test('is looked up, and is found', async () => {
      const created = { creation_time: Date.now() };
      const found = listing(
        [listedGroup({ log_group_id: 'new', log_group_name: 'a', ...created })],
        [listedStream({ log_stream_id: 'new', log_stream_name: 'a', ...created })],
      );
      const { result } = await sendTo({ write, read: replyWith(200, found) }, CREATES[create]);
      expect(result.logStreamId ?? result.logGroupId).toBe('new');
    });

    test('is NOT_APPLIED where it is not found', async () => {
      const { result, lists } = await sendTo({ write }, CREATES[create]);
      expect(result).toMatchObject({ code, httpStatus: status, outcome: 'NOT_APPLIED', isRetryable: true });
      expect(lists).toBeGreaterThan(1);
    });

    test('is UNKNOWN where the lists fail', async () => {
      const { result } = await sendTo({ write, read: failWith(403, 'LTS.0003') }, CREATES[create]);
      expect(result).toMatchObject({ code, httpStatus: status, outcome: 'UNKNOWN', isRetryable: false });
    });
  });
});

describe.each([
  ['updateLogStream', UPDATE_LOG_STREAM, UPDATE],
  ['updateLogGroup', UPDATE_LOG_GROUP, UPDATE],
  ['deleteLogStream', DELETE_LOG_STREAM, VARIABLES],
  ['deleteLogGroup', DELETE_LOG_GROUP, VARIABLES],
])('%s', (_mutation, document, variables) => {
  test.each([
    ['its answer is lost', hangUp],
    ['its answer is an internal error', failWith(500, 'LTS.0010')],
    ['its answer is that it failed', failWith(500, 'LTS.0204')],
    ['its answer is a page of a proxy', replyWith(502, '<html>')],
  ])('is UNKNOWN, and retryable, where %s', async (_what, write) => {
    const { result } = await sendTo({ write }, document, variables);
    expect(result).toMatchObject({ outcome: 'UNKNOWN', isRetryable: true });
  });

  test.each(['<html>Please sign in</html>', '{"ttl_in'])(
    'is no success where a 200 has a body that is not JSON: %s',
    async (body) => {
      const { result } = await sendTo({ write: replyWith(200, body) }, document, variables);
      expect(result).toMatchObject({
        code: 'GATEWAY.BAD_REPLY',
        kind: 'INTERNAL',
        httpStatus: 200,
        outcome: 'UNKNOWN',
        isRetryable: true,
      });
    },
  );

  test('is NOT_APPLIED where LTS refuses it', async () => {
    const { result } = await sendTo({ write: failWith(400, 'LTS.0009') }, document, variables);
    expect(result).toMatchObject({ code: 'LTS.0009', outcome: 'NOT_APPLIED' });
  });
});

test.each([
  ['updateLogStream', UPDATE_LOG_STREAM],
  ['updateLogGroup', UPDATE_LOG_GROUP],
])('%s is NOT_APPLIED where the read before it fails', async (_mutation, document) => {
  const { result } = await sendTo({ write: hangUp, read: hangUp }, document, UPDATE);
  expect(result).toMatchObject({ code: 'GATEWAY.UNREACHABLE', outcome: 'NOT_APPLIED', isRetryable: true });
  expect(scripted.received.map(({ method }) => method)).toEqual(['GET', 'GET']);
});

test('a mutation that the gateway refuses itself is NOT_APPLIED', async () => {
  const { input, ...ids } = VARIABLES;
  const refusals = [
    ['GATEWAY.INVALID_INPUT', await gateway.resultOf(CREATE_LOG_STREAM, { ...ids, input: { name: '' } })],
    ['GATEWAY.UNAUTHENTICATED', await gateway.resultOf(CREATE_LOG_STREAM, { ...ids, input }, {})],
    ['GATEWAY.NOT_FOUND', await gateway.resultOf(UPDATE_LOG_STREAM, UPDATE)],
  ];
  for (const [code, result] of refusals) expect(result).toMatchObject({ code, outcome: 'NOT_APPLIED' });
});

describe('inputErrors of a refusal by LTS', () => {
  const at = (path: string[], message: string) => [{ path, message: expect.stringMatching(message) }];

  test.each<[string, string, string, object, object[]]>([
    ['LTS.0205', 'createLogStream', CREATE_LOG_STREAM, VARIABLES, at(['input', 'name'], 'already exists')],
    ['LTS.0101', 'createLogGroup', CREATE_LOG_GROUP, VARIABLES, at(['input', 'name'], 'already exists')],
    ['LTS.0106', 'createLogGroup', CREATE_LOG_GROUP, VARIABLES, at(['input', 'ttlInDays'], 'retention')],
    ['LTS.0106', 'updateLogGroup', UPDATE_LOG_GROUP, UPDATE, at(['input', 'ttlInDays'], 'retention')],
    ['LTS.0201', 'createLogStream', CREATE_LOG_STREAM, VARIABLES, at(['groupId'], 'does not exist')],
    ['LTS.0201', 'deleteLogGroup', DELETE_LOG_GROUP, VARIABLES, at(['groupId'], 'does not exist')],
    ['LTS.0208', 'updateLogStream', UPDATE_LOG_STREAM, UPDATE, at(['streamId'], 'does not exist')],
    ['LTS.0208', 'deleteLogStream', DELETE_LOG_STREAM, VARIABLES, at(['streamId'], 'does not exist')],
    ['LTS.0208', 'createLogStream', CREATE_LOG_STREAM, VARIABLES, []],
    ['LTS.0205', 'updateLogStream', UPDATE_LOG_STREAM, UPDATE, []],
    ['LTS.0201', 'createLogGroup', CREATE_LOG_GROUP, VARIABLES, []],
    ['LTS.0206', 'createLogStream', CREATE_LOG_STREAM, VARIABLES, []],
  ])('name the value that %s of %s is about', async (code, _mutation, document, variables, expected) => {
    const { result } = await sendTo({ write: failWith(400, code) }, document, variables);
    expect(result.inputErrors).toEqual(expected);
  });

  test('are not in the extensions of a query error, where the field does not have the argument', async () => {
    scripted.answer = answerWith(({ url }) =>
      url?.endsWith('/groups') ? replyWith(200, LISTS) : failWith(400, 'LTS.0201'),
    );
    const { errors } = await onScripted.send(GROUPS_WITH_STREAMS, { projectId });
    expect(errors[0].extensions).toMatchObject({ ltsCode: 'LTS.0201' });
    expect(errors[0].extensions).not.toHaveProperty('inputErrors');
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
    ['no time', 503, { 'retry-after': '0' }, 0],
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
  const startGateway = useGateways();

  test('says in retryAfterSeconds when it will ask again', async () => {
    const metrics = createMetrics();
    const log = { info: () => {}, warn: () => {} };
    const options = { threshold: 0.1, windowMs: 10_000, minimumPerSecond: 0.1, openMs: 60_000 };
    const circuitBreaker = createCircuitBreaker({ metrics, log }, options);
    const transport = createLtsTransport('http://127.0.0.1:1', 1_000);
    const refusing = await startGateway(
      new LtsClient(transport, { metrics, timeoutMs: 500, circuitBreaker }),
    );
    let result: any;
    for (let attempts = 0; attempts < 20 && result?.code !== 'GATEWAY.OVERLOADED'; attempts += 1) {
      result = await refusing.resultOf(CREATE_LOG_STREAM, VARIABLES);
    }
    expect(result).toMatchObject({ code: 'GATEWAY.OVERLOADED', outcome: 'NOT_APPLIED', isRetryable: true });
    expect(result.retryAfterSeconds).toBeGreaterThan(30);
    expect(result.retryAfterSeconds).toBeLessThanOrEqual(60);
  });
});
