import { describe, expect, test } from '@jest/globals';
import type { LtsErrorKind } from '../../src/lts/failure.ts';
import { KIND_TABLE } from '../../src/lts/reply.ts';
import { TOKEN } from '../support/gateway.ts';
import {
  CREATE_LOG_GROUP,
  CREATE_LOG_STREAM,
  DELETE_LOG_GROUP,
  DELETE_LOG_STREAM,
  GROUPS_WITH_STREAMS,
  LOG_GROUPS,
  UPDATE_LOG_GROUP,
  UPDATE_LOG_STREAM,
} from '../support/operations.ts';
import {
  type Answer,
  answerWith,
  failWith,
  listedGroup,
  listedStream,
  listing,
  replyToWrites,
  replyWith,
} from '../support/scripted-server.ts';
import { useGateway, useGateways } from '../support/use-gateways.ts';

const IDS = { projectId: 'p', groupId: 'g', streamId: 's' };
const NEW = { ...IDS, input: { name: 'a', ttlInDays: 1 } };
const UPDATE = { ...IDS, input: { ttlInDays: 1 } };
const LISTS = replyWith(200, listing([listedGroup()], [listedStream()]));

const { gateway, scripted } = useGateway({ settleTimes: { missingAfterMs: 20, lastListMs: 500 } });
const startGateway = useGateways();

/** The result of a mutation whose write gets this answer. The lists do not have what a create asks for. */
function send(write: Answer, document = CREATE_LOG_STREAM, variables: object = NEW) {
  scripted.answer = replyToWrites(write, LISTS);
  return gateway.resultOf(document, variables);
}
const countOfLists = () => scripted.received.filter(({ method }) => method === 'GET').length;

const BAD_REPLY = 'LTS sent a reply that cannot be read.';
const RETRYABLE: LtsErrorKind[] = ['RATE_LIMITED', 'TIMEOUT', 'UNAVAILABLE', 'INTERNAL'];

/**
 * What each reply means, and what it says about a create: `nothing` was created, or it is `unclear`, so that the gateway
 * looks for it. Written out by hand: comparing KIND_TABLE with itself would prove nothing.
 */
const REPLIES: [status: number, code: string | null, kind: LtsErrorKind, created: 'nothing' | 'unclear'][] = [
  [400, 'LTS.0009', 'INVALID_INPUT', 'nothing'],
  [400, 'LTS.00141', 'INVALID_INPUT', 'nothing'],
  [400, 'LTS.0001', 'INVALID_INPUT', 'nothing'],
  [400, 'LTS.0002', 'INVALID_INPUT', 'nothing'],
  [400, 'LTS.9999', 'INVALID_INPUT', 'nothing'],
  [401, 'LTS.0414', 'UNAUTHENTICATED', 'nothing'],
  [401, 'LTS.0002', 'UNAUTHENTICATED', 'nothing'],
  [401, 'LTS.0003', 'UNAUTHENTICATED', 'nothing'],
  [401, 'LTS.9999', 'UNAUTHENTICATED', 'nothing'],
  [401, 'APIGW.0301', 'UNAUTHENTICATED', 'nothing'],
  [401, 'APIGW.0303', 'UNAUTHENTICATED', 'nothing'],
  [401, 'APIGW.0305', 'UNAUTHENTICATED', 'nothing'],
  [401, 'APIGW.0307', 'UNAUTHENTICATED', 'nothing'],
  [401, 'APIG.0301', 'UNAUTHENTICATED', 'nothing'],
  [401, 'APIG.0307', 'UNAUTHENTICATED', 'nothing'],
  [403, 'LTS.0001', 'FORBIDDEN', 'nothing'],
  [403, 'LTS.0003', 'FORBIDDEN', 'nothing'],
  [403, 'LTS.9999', 'FORBIDDEN', 'nothing'],
  [403, 'APIGW.0302', 'FORBIDDEN', 'nothing'],
  [400, 'LTS.0201', 'NOT_FOUND', 'nothing'],
  [404, 'LTS.0201', 'NOT_FOUND', 'nothing'],
  [400, 'LTS.0208', 'NOT_FOUND', 'nothing'],
  [200, 'LTS.0208', 'NOT_FOUND', 'unclear'],
  [404, 'LTS.9999', 'NOT_FOUND', 'nothing'],
  [404, null, 'NOT_FOUND', 'nothing'],
  [400, 'LTS.0205', 'ALREADY_EXISTS', 'nothing'],
  [400, 'LTS.0101', 'ALREADY_EXISTS', 'nothing'],
  [400, 'LTS.0105', 'IN_USE', 'nothing'],
  [400, 'LTS.0207', 'IN_USE', 'nothing'],
  [500, 'LTS.0207', 'IN_USE', 'unclear'],
  [400, 'LTS.0206', 'QUOTA_EXCEEDED', 'nothing'],
  [400, 'LTS.0104', 'QUOTA_EXCEEDED', 'nothing'],
  [429, 'APIGW.0308', 'RATE_LIMITED', 'nothing'],
  [429, 'APIG.0308', 'RATE_LIMITED', 'nothing'],
  [429, 'LTS.9999', 'RATE_LIMITED', 'nothing'],
  [408, 'LTS.9999', 'TIMEOUT', 'unclear'],
  [504, 'LTS.9999', 'TIMEOUT', 'unclear'],
  [504, 'APIGW.0201', 'TIMEOUT', 'unclear'],
  [504, 'APIGW.0203', 'TIMEOUT', 'unclear'],
  [504, null, 'TIMEOUT', 'unclear'],
  [502, 'LTS.9999', 'UNAVAILABLE', 'unclear'],
  [502, 'APIGW.0201', 'UNAVAILABLE', 'unclear'],
  [503, 'LTS.9999', 'UNAVAILABLE', 'unclear'],
  [503, 'APIGW.0613', 'UNAVAILABLE', 'unclear'],
  [400, 'LTS.0010', 'INTERNAL', 'unclear'],
  [500, 'LTS.0010', 'INTERNAL', 'unclear'],
  [400, 'LTS.0202', 'INTERNAL', 'nothing'], // the code says that this very operation has failed
  [500, 'LTS.0202', 'INTERNAL', 'nothing'],
  [502, 'LTS.0202', 'INTERNAL', 'unclear'], // a proxy may say so while LTS is at work
  [200, 'LTS.0202', 'INTERNAL', 'unclear'],
  [500, 'LTS.9999', 'INTERNAL', 'unclear'],
  [599, 'LTS.9999', 'INTERNAL', 'unclear'],
  [501, null, 'INTERNAL', 'unclear'],
  [201, null, 'INTERNAL', 'unclear'],
  [404, 'APIGW.0101', 'UNKNOWN', 'nothing'],
  [404, 'APIG.0101', 'UNKNOWN', 'nothing'],
  [405, 'APIGW.0501', 'UNKNOWN', 'nothing'],
  [413, 'APIGW.0201', 'UNKNOWN', 'nothing'],
  [200, 'LTS.9999', 'UNKNOWN', 'unclear'],
  [302, null, 'UNKNOWN', 'unclear'],
];

test.each(REPLIES)('HTTP %i with %s means %s; what was created is %s', async (...row) => {
  const [status, code, kind, created] = row;
  const answer = code === null ? replyWith(status, '') : failWith(status, code);
  const ltsCode = code ?? 'GATEWAY.BAD_REPLY';
  const message = code === null ? BAD_REPLY : 'As LTS says';
  const isRetryable = RETRYABLE.includes(kind);

  scripted.answer = answer;
  const { errors } = await gateway.send(LOG_GROUPS, IDS);
  const extensions = { code: kind, ltsCode, httpStatus: status, isRetryable };
  expect(errors).toMatchObject([{ message, extensions }]);

  scripted.received.length = 0;
  const result = await send(answer);
  expect(result).toMatchObject({ code: ltsCode, kind, httpStatus: status, outcome: 'NOT_APPLIED' });
  if (created === 'nothing') {
    expect(result).toMatchObject({ message, isRetryable });
    expect(countOfLists()).toBe(0);
  } else {
    expect(result.message).toBe(`${message.replace(/\.$/, '')}. Nothing was created.`);
    expect(result.isRetryable).toBe(true);
    expect(countOfLists()).toBeGreaterThan(1);
  }
});

test('the cases above cover every row of KIND_TABLE', () => {
  const isTested = ({ code, status }: (typeof KIND_TABLE)[number]) =>
    REPLIES.some(
      ([testedStatus, testedCode]) =>
        (code ?? 'LTS.9999') === testedCode && [status ?? testedStatus].flat().includes(testedStatus),
    );
  expect(KIND_TABLE.filter((row) => !isTested(row))).toEqual([]);
});

test.each([
  ['createLogGroup', 'LTS.0102', 'nothing', CREATE_LOG_GROUP],
  ['createLogGroup', 'LTS.0202', 'unclear', CREATE_LOG_GROUP],
  ['createLogStream', 'LTS.0102', 'unclear', CREATE_LOG_STREAM],
])('after %s with %s, what was created is %s', async (_create, code, created, document) => {
  expect(await send(failWith(500, code), document)).toMatchObject({
    outcome: 'NOT_APPLIED',
    isRetryable: true,
  });
  expect(countOfLists() === 0).toBe(created === 'nothing');
});

describe('createLogStream returns the code, message and request ID of LTS from', () => {
  const COMPLETE = { code: 'LTS.0201', message: 'no group' };

  test.each<[string, unknown, object]>([
    ['message{code,details}', { message: { code: 'LTS.0201', details: 'no group' } }, COMPLETE],
    ['errorCode and errorMessage', { errorCode: 'LTS.0201', errorMessage: 'no group' }, COMPLETE],
    ['error{error_code,error_msg}', { error: { error_code: 'LTS.0201', error_msg: 'no group' } }, COMPLETE],
    ['code and message, beside details', { code: 'LTS.0201', message: 'no group', details: [{}] }, COMPLETE],
    ['a code that is not LTS.nnnn', { errorCode: 'SVCSTG.ALS.403.105' }, { code: 'SVCSTG.ALS.403.105' }],
    ['a message alone', { message: 'back soon' }, { code: 'GATEWAY.BAD_REPLY', message: 'back soon' }],
    ['a numeric code', { error: { code: 401, message: 'no' } }, { code: 'GATEWAY.BAD_REPLY', message: 'no' }],
    ['a code alone', { error_code: 'LTS.0201' }, { code: 'LTS.0201', message: BAD_REPLY }],
    ['a request_id', { error_code: 'LTS.0201', request_id: '0b67bf0a' }, { ltsRequestId: '0b67bf0a' }],
    ['message{request_id}', { message: { code: 'LTS.0201', request_id: 'r' } }, { ltsRequestId: 'r' }],
    ['a request_id of any text', { error_code: 'LTS.0201', request_id: '<b>' }, { ltsRequestId: null }],
  ])('%s', async (_where, body, expected) => {
    expect(await send(replyWith(403, body))).toMatchObject(expected);
  });

  test.each([
    ['HTML', 'Sorry <b>no</b>', BAD_REPLY],
    ['a stack trace', 'Boom\n    at Foo.bar (x.js:1:2)', BAD_REPLY],
    ['the token', `token ${TOKEN} is bad`, 'token [token] is bad'],
    ['more than 500 characters', 'x'.repeat(5_000), `${'x'.repeat(500)}…`],
    ['a part of the token', `${'x'.repeat(490)}${TOKEN.repeat(50)}`, `${'x'.repeat(490)}[token][to…`],
    ['more than 500 line breaks', '\n'.repeat(400_000), `${'\n'.repeat(500)}…`],
  ])('error_msg, but without %s', async (_what, error_msg, message) => {
    expect(await send(failWith(500, 'LTS.0202', error_msg))).toMatchObject({ code: 'LTS.0202', message });
  });
});

test.each<[string, number, unknown]>([
  [
    'an HTML page',
    502,
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0"><html><body><H2>Error</H2></body></html>',
  ],
  ['broken JSON', 400, '{"error_code":"LTS.0009'],
  ['a 201 without an ID', 201, {}],
  ['a 201 with an empty ID', 201, { log_stream_id: '' }],
  ['a 201 that is null', 201, 'null'],
])('createLogStream returns GATEWAY.BAD_REPLY for %s', async (_what, status, body) => {
  const result = await send(replyWith(status, body));
  expect(result).toMatchObject({ code: 'GATEWAY.BAD_REPLY', httpStatus: status });
  expect(result.message).toContain(BAD_REPLY);
});

describe('inputErrors of a refusal by LTS', () => {
  test.each<[string, string, string, object, string[], string]>([
    ['LTS.0205', 'createLogStream', CREATE_LOG_STREAM, NEW, ['input', 'name'], 'already exists'],
    ['LTS.0101', 'createLogGroup', CREATE_LOG_GROUP, NEW, ['input', 'name'], 'already exists'],
    ['LTS.0106', 'createLogGroup', CREATE_LOG_GROUP, NEW, ['input', 'ttlInDays'], 'retention'],
    ['LTS.0106', 'updateLogGroup', UPDATE_LOG_GROUP, UPDATE, ['input', 'ttlInDays'], 'retention'],
    ['LTS.0201', 'createLogStream', CREATE_LOG_STREAM, NEW, ['groupId'], 'does not exist'],
    ['LTS.0201', 'deleteLogGroup', DELETE_LOG_GROUP, IDS, ['groupId'], 'does not exist'],
    ['LTS.0208', 'updateLogStream', UPDATE_LOG_STREAM, UPDATE, ['streamId'], 'does not exist'],
    ['LTS.0208', 'deleteLogStream', DELETE_LOG_STREAM, IDS, ['streamId'], 'does not exist'],
  ])('name the value that %s of %s is about', async (code, _mutation, document, variables, path, message) => {
    const { inputErrors } = await send(failWith(400, code), document, variables);
    expect(inputErrors).toEqual([{ path, message: expect.stringContaining(message) }]);
  });

  test.each([
    ['LTS.0208', 'createLogStream', CREATE_LOG_STREAM, NEW],
    ['LTS.0205', 'updateLogStream', UPDATE_LOG_STREAM, UPDATE],
    ['LTS.0201', 'createLogGroup', CREATE_LOG_GROUP, NEW],
    ['LTS.0206', 'createLogStream', CREATE_LOG_STREAM, NEW],
  ])(
    'are none for %s of %s, which is about none of its values',
    async (code, _mutation, document, variables) => {
      const { inputErrors } = await send(failWith(400, code), document, variables);
      expect(inputErrors).toEqual([]);
    },
  );

  test('are not in the extensions of a query error, where the field does not have the argument', async () => {
    scripted.answer = answerWith(({ url }) => (url?.endsWith('/groups') ? LISTS : failWith(400, 'LTS.0201')));
    const { errors } = await gateway.send(GROUPS_WITH_STREAMS, IDS);
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
    ['a date in the past', 429, { 'retry-after': new Date(0).toUTCString() }, 0],
    ['a year', 429, { 'retry-after': '31536000' }, 86_400],
    ['more digits than a number has', 429, { 'retry-after': '9'.repeat(400) }, 86_400],
    ['words', 429, { 'retry-after': 'soon' }, null],
    ['a negative number', 429, { 'retry-after': '-1' }, null],
    ['another status', 500, { 'retry-after': '7' }, null],
  ])('is what LTS says: %s', async (_what, status, headers, expected) => {
    const { retryAfterSeconds } = await send(replyWith(status, { error_code: 'LTS.0202' }, headers));
    expect(retryAfterSeconds).toBe(expected);
  });

  test('is in the extensions of a query error, and LTS is not asked again before', async () => {
    scripted.answer = replyWith(503, '', { 'retry-after': '12' });
    const { errors } = await gateway.send(LOG_GROUPS, IDS);
    expect(errors[0].extensions).toMatchObject({ code: 'UNAVAILABLE', retryAfterSeconds: 12 });
    expect(scripted.received).toHaveLength(1);
  });
});

test('logGroups returns a failure in errors with the message, code and request IDs of LTS', async () => {
  const reply = { error_code: 'LTS.0003', error_msg: 'Invalid token' };
  scripted.answer = replyWith(401, reply, { 'x-request-id': 'r1' });
  const { status, data, errors, headers } = await gateway.send(LOG_GROUPS, IDS);

  expect(status).toBe(200);
  expect(data).toEqual({ logGroups: null });
  expect(errors).toEqual([
    {
      message: 'Invalid token',
      path: ['logGroups'],
      extensions: {
        code: 'UNAUTHENTICATED',
        ltsCode: 'LTS.0003',
        httpStatus: 401,
        isRetryable: false,
        retryAfterSeconds: null,
        localizedMessage: 'Your sign-in has expired. Sign in again.',
        requestId: headers.get('x-request-id'),
        ltsRequestId: 'r1',
      },
    },
  ]);
});

test('createLogStream hides the message of an unexpected exception and logs it', async () => {
  const send = () => Promise.reject(new TypeError('undefined is not a url'));
  const broken = await startGateway({ send, close: () => {}, endpoint: 'http://127.0.0.1' });
  const { data, errors, text } = await broken.send(CREATE_LOG_STREAM, NEW);
  expect(data).toEqual({ createLogStream: null });
  expect(errors).toEqual([
    {
      message: 'Internal server error',
      path: ['createLogStream'],
      extensions: {
        code: 'INTERNAL_SERVER_ERROR',
        localizedMessage: expect.stringContaining('Something went wrong on our side.'),
        requestId: expect.any(String),
      },
    },
  ]);
  expect(text).not.toContain('not a url');
  expect(broken.logged()).toContain('the gateway itself failed');
});
