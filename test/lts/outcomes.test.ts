import { describe, expect, test } from '@jest/globals';
import { createCircuitBreaker } from '../../src/lts/circuit-breaker.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import {
  CREATE_LOG_STREAM,
  DELETE_LOG_GROUP,
  DELETE_LOG_STREAM,
  UPDATE_LOG_GROUP,
  UPDATE_LOG_STREAM,
} from '../support/operations.ts';
import {
  type Answer,
  failWith,
  hangUp,
  listedGroup,
  listedStream,
  listing,
  replyToWrites,
  replyWith,
} from '../support/scripted-server.ts';
import { useGateway, useGateways } from '../support/use-gateways.ts';

/** What a mutation did at LTS; that of a create is in `failures.test.ts` and `lost-answers.test.ts`. */
const IDS = { projectId: 'p', groupId: 'g', streamId: 's' };
const CREATE = { ...IDS, input: { name: 'a' } };
const UPDATE = { ...IDS, input: { ttlInDays: 1 } };
const LISTS = replyWith(200, listing([listedGroup()], [listedStream()]));

const { gateway, scripted } = useGateway();
const startGateway = useGateways();

const UNKNOWN = { outcome: 'UNKNOWN', isRetryable: true };
const NO_JSON = { ...UNKNOWN, code: 'GATEWAY.BAD_REPLY', kind: 'INTERNAL', httpStatus: 200 };

describe.each([
  ['updateLogStream', UPDATE_LOG_STREAM, UPDATE],
  ['updateLogGroup', UPDATE_LOG_GROUP, UPDATE],
  ['deleteLogStream', DELETE_LOG_STREAM, IDS],
  ['deleteLogGroup', DELETE_LOG_GROUP, IDS],
])('%s, sent once, returns', (_mutation, document, variables) => {
  test.each<[string, Answer, object]>([
    ['UNKNOWN where its reply is lost', hangUp, UNKNOWN],
    ['UNKNOWN for an internal error', failWith(500, 'LTS.0010'), UNKNOWN],
    ['UNKNOWN for the code that it failed', failWith(500, 'LTS.0204'), UNKNOWN],
    ['UNKNOWN for a page of a proxy', replyWith(502, '<html>'), UNKNOWN],
    ['UNKNOWN for a 200 with a page', replyWith(200, '<html>Please sign in</html>'), NO_JSON],
    ['UNKNOWN for a 200 that is cut off', replyWith(200, '{"ttl_in'), NO_JSON],
    ['UNKNOWN for a 200 with an error code', failWith(200, 'LTS.0010'), { ...UNKNOWN, code: 'LTS.0010' }],
    ['NOT_APPLIED for a refusal', failWith(400, 'LTS.0009'), { code: 'LTS.0009', outcome: 'NOT_APPLIED' }],
  ])('%s', async (_what, write, expected) => {
    scripted.answer = replyToWrites(write, LISTS);
    expect(await gateway.resultOf(document, variables)).toMatchObject(expected);
    expect(scripted.received.filter(({ method }) => method !== 'GET')).toHaveLength(1);
  });
});

test.each([
  ['updateLogStream', UPDATE_LOG_STREAM],
  ['updateLogGroup', UPDATE_LOG_GROUP],
])('%s is NOT_APPLIED where the read before it fails', async (_mutation, document) => {
  scripted.answer = hangUp;
  const notApplied = { code: 'GATEWAY.UNREACHABLE', outcome: 'NOT_APPLIED', isRetryable: true };
  expect(await gateway.resultOf(document, UPDATE)).toMatchObject(notApplied);
  expect(scripted.received.map(({ method }) => method)).toEqual(['GET', 'GET']);
});

test('a mutation that the gateway refuses itself is NOT_APPLIED', async () => {
  scripted.answer = replyWith(200, listing());
  const refusals = [
    ['GATEWAY.INVALID_INPUT', await gateway.resultOf(CREATE_LOG_STREAM, { ...IDS, input: { name: '' } })],
    ['GATEWAY.UNAUTHENTICATED', await gateway.resultOf(CREATE_LOG_STREAM, CREATE, {})],
    ['GATEWAY.NOT_FOUND', await gateway.resultOf(UPDATE_LOG_STREAM, UPDATE)],
  ];
  for (const [code, result] of refusals) expect(result).toMatchObject({ code, outcome: 'NOT_APPLIED' });
});

test('a mutation while LTS is not asked is NOT_APPLIED, and retryAfterSeconds says when it will be', async () => {
  const metrics = createMetrics();
  const log = { info: () => {}, warn: () => {} };
  const options = { threshold: 0.1, windowMs: 10_000, minimumPerSecond: 0.1, openMs: 60_000 };
  const circuitBreaker = createCircuitBreaker({ metrics, log }, options);
  const refusing = await startGateway('http://127.0.0.1:1', {}, { metrics, circuitBreaker });
  let result: any;
  for (let attempts = 0; attempts < 20 && result?.code !== 'GATEWAY.OVERLOADED'; attempts += 1) {
    result = await refusing.resultOf(CREATE_LOG_STREAM, CREATE);
  }
  expect(result).toMatchObject({ code: 'GATEWAY.OVERLOADED', outcome: 'NOT_APPLIED', isRetryable: true });
  expect(result.retryAfterSeconds).toBeGreaterThan(30);
  expect(result.retryAfterSeconds).toBeLessThanOrEqual(60);
});
