import { describe, expect, test } from '@jest/globals';
import { LtsErrorKind, RETRYABLE_KINDS } from '../../src/lts/failure.ts';
import { LtsClient } from '../../src/lts/lts-client.ts';
import { failureKindOf, KIND_TABLE } from '../../src/lts/reply.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { TOKEN } from '../support/gateway.ts';
import { CREATE_LOG_STREAM, LOG_GROUPS } from '../support/operations.ts';
import { replyToWrites, replyWith } from '../support/scripted-server.ts';
import { useGateway, useGateways } from '../support/use-gateways.ts';

const VARIABLES = { projectId: 'p', groupId: 'g', input: { name: 'a' } };

const { gateway, scripted } = useGateway();
const startGateway = useGateways();

async function createWith(status: number, body: unknown, headers: Record<string, string> = {}) {
  scripted.answer = replyToWrites(replyWith(status, body, headers));
  return gateway.resultOf(CREATE_LOG_STREAM, VARIABLES);
}

/** Written out by hand: comparing KIND_TABLE with itself would prove nothing. */
const DOCUMENTED: [code: string, status: number, kind: LtsErrorKind, isRetryable: boolean][] = [
  ['LTS.0009', 400, 'INVALID_INPUT', false],
  ['LTS.0414', 401, 'UNAUTHENTICATED', false],
  ['APIGW.0301', 401, 'UNAUTHENTICATED', false],
  ['APIGW.0303', 401, 'UNAUTHENTICATED', false],
  ['APIGW.0305', 401, 'UNAUTHENTICATED', false],
  ['APIGW.0307', 401, 'UNAUTHENTICATED', false],
  ['APIGW.0308', 429, 'RATE_LIMITED', true],
  ['APIGW.0101', 404, 'UNKNOWN', false],
  ['APIG.0101', 404, 'UNKNOWN', false],
  ['LTS.0201', 400, 'NOT_FOUND', false],
  ['LTS.0208', 400, 'NOT_FOUND', false],
  ['LTS.0205', 400, 'ALREADY_EXISTS', false],
  ['LTS.0101', 400, 'ALREADY_EXISTS', false],
  ['LTS.0105', 400, 'IN_USE', false],
  ['LTS.0207', 400, 'IN_USE', false],
  ['LTS.0206', 400, 'QUOTA_EXCEEDED', false],
  ['LTS.0104', 400, 'QUOTA_EXCEEDED', false],
  ['LTS.0010', 500, 'INTERNAL', true],
  ['LTS.0202', 500, 'INTERNAL', true],
  ['LTS.9999', 400, 'INVALID_INPUT', false],
  ['LTS.9999', 401, 'UNAUTHENTICATED', false],
  ['LTS.9999', 403, 'FORBIDDEN', false],
  ['LTS.9999', 404, 'NOT_FOUND', false],
  ['LTS.9999', 408, 'TIMEOUT', true],
  ['LTS.9999', 429, 'RATE_LIMITED', true],
  ['LTS.9999', 500, 'INTERNAL', true],
  ['LTS.9999', 502, 'UNAVAILABLE', true],
  ['LTS.9999', 503, 'UNAVAILABLE', true],
  ['LTS.9999', 504, 'TIMEOUT', true],
  ['LTS.9999', 599, 'INTERNAL', true],
];

test.each(DOCUMENTED)(
  'createLogStream maps %s with HTTP %i to %s',
  async (code, status, kind, isRetryable) => {
    const answer = await createWith(status, { error_code: code, error_msg: 'As LTS says' });
    expect(answer).toMatchObject({
      code,
      message: expect.stringMatching(/^As LTS says(\. Nothing was created\.)?$/),
      kind,
      httpStatus: status,
      isRetryable,
    });
  },
);

test('the cases above cover every row of KIND_TABLE', () => {
  const isTested = ({ code, status }: (typeof KIND_TABLE)[number]) =>
    DOCUMENTED.some(
      ([testedCode, testedStatus]) =>
        (code ?? 'LTS.9999') === testedCode && [status ?? testedStatus].flat().includes(testedStatus),
    );
  expect(KIND_TABLE.filter((row) => !isTested(row))).toEqual([]);
});

describe('failureKindOf maps', () => {
  test.each<[string | null, number, LtsErrorKind]>([
    ['LTS.0001', 403, 'FORBIDDEN'],
    ['LTS.0001', 400, 'INVALID_INPUT'],
    ['LTS.0002', 401, 'UNAUTHENTICATED'],
    ['LTS.0002', 400, 'INVALID_INPUT'],
    ['LTS.0003', 401, 'UNAUTHENTICATED'],
    ['LTS.0003', 403, 'FORBIDDEN'],
    ['LTS.0010', 400, 'INTERNAL'],
    ['LTS.0201', 404, 'NOT_FOUND'],
    ['LTS.0207', 500, 'IN_USE'],
    ['LTS.0208', 200, 'NOT_FOUND'],
    ['LTS.00141', 400, 'INVALID_INPUT'],
    ['APIG.0301', 401, 'UNAUTHENTICATED'],
    ['APIG.0307', 401, 'UNAUTHENTICATED'],
    ['APIG.0308', 429, 'RATE_LIMITED'],
    [null, 404, 'NOT_FOUND'],
    ['APIGW.0201', 502, 'UNAVAILABLE'],
    ['APIGW.0201', 504, 'TIMEOUT'],
    ['APIGW.0201', 413, 'UNKNOWN'],
    ['APIGW.0203', 504, 'TIMEOUT'],
    ['APIGW.0302', 403, 'FORBIDDEN'],
    ['APIGW.0501', 405, 'UNKNOWN'],
    ['APIGW.0613', 503, 'UNAVAILABLE'],
    ['LTS.9999', 200, 'UNKNOWN'],
    [null, 201, 'INTERNAL'],
    [null, 302, 'UNKNOWN'],
    [null, 501, 'INTERNAL'],
  ])('%s with HTTP %s to %s', (code, status, kind) => {
    expect(failureKindOf(code, status)).toBe(kind);
  });
});

test('RETRYABLE_KINDS holds exactly the kinds of temporary failures', () => {
  expect([...RETRYABLE_KINDS].sort()).toEqual(['INTERNAL', 'RATE_LIMITED', 'TIMEOUT', 'UNAVAILABLE']);
  expect(Object.keys(LtsErrorKind)).toHaveLength(12);
});

test('createLogStream returns a failure with the code, message and request ID of LTS, and our own', async () => {
  const reply = { error_code: 'LTS.0009', error_msg: 'Failed to validate the request body' };
  expect(await createWith(400, reply, { 'x-request-id': 'req-1' })).toEqual({
    __typename: 'LtsError',
    code: 'LTS.0009',
    message: 'Failed to validate the request body',
    localizedMessage: expect.any(String),
    kind: 'INVALID_INPUT',
    httpStatus: 400,
    isRetryable: false,
    outcome: 'NOT_APPLIED',
    retryAfterSeconds: null,
    inputErrors: [],
    requestId: expect.any(String),
    ltsRequestId: 'req-1',
  });
});

const UNREADABLE = {
  code: 'GATEWAY.BAD_REPLY',
  message: expect.stringMatching(/^LTS sent a reply that cannot be read\.( Nothing was created\.)?$/),
};

describe('createLogStream returns an LtsError', () => {
  test.each<[string, number, unknown, object]>([
    [
      'a body with message{code,details}',
      400,
      { message: { code: 'LTS.0201', details: 'The log group does not existed' } },
      { code: 'LTS.0201', message: 'The log group does not existed', kind: 'NOT_FOUND' },
    ],
    [
      'a body with errorCode and errorMessage',
      400,
      { errorCode: 'LTS.0208', errorMessage: 'The log stream does not existed' },
      { code: 'LTS.0208', message: 'The log stream does not existed', kind: 'NOT_FOUND' },
    ],
    [
      'a code that is not LTS.nnnn',
      401,
      { errorCode: 'SVCSTG.ALS.403.105', errorMessage: 'Project id is invalid.', result: null },
      { code: 'SVCSTG.ALS.403.105', message: 'Project id is invalid.', kind: 'UNAUTHENTICATED' },
    ],
    [
      'a request_id at the top level',
      401,
      { error_msg: 'x-auth-token not found', error_code: 'APIGW.0301', request_id: '0b67bf0abe6d9a88' },
      { code: 'APIGW.0301', kind: 'UNAUTHENTICATED', ltsRequestId: '0b67bf0abe6d9a88' },
    ],
    [
      'a request_id inside message',
      400,
      { message: { code: 'LTS.0201', details: 'no group', request_id: 'inner-1' } },
      { code: 'LTS.0201', ltsRequestId: 'inner-1' },
    ],
    [
      'a request_id that is not well-formed',
      500,
      { error_code: 'LTS.0202', request_id: '<script>' },
      { code: 'LTS.0202', ltsRequestId: null },
    ],
    [
      'an error code with status 200',
      200,
      { error_code: 'LTS.0207', error_msg: 'Log stream is associated by transfer' },
      { code: 'LTS.0207', kind: 'IN_USE', httpStatus: 200 },
    ],
    [
      'a body with error{error_code,error_msg}',
      403,
      { error: { error_code: 'IAM.0011', error_msg: 'denied' } },
      { code: 'IAM.0011', message: 'denied', kind: 'FORBIDDEN' },
    ],
    [
      'a denial by an IAM policy with a list of details',
      403,
      {
        code: 'PAP5.0010',
        message: 'denied by policy',
        details: [{ a: 1 }],
        encoded_authorization_message: 'x',
      },
      { code: 'PAP5.0010', message: 'denied by policy', kind: 'FORBIDDEN' },
    ],
    [
      'an IAM error with a numeric code',
      401,
      {
        error: {
          code: 401,
          message: 'The request you have made requires authentication.',
          title: 'Unauthorized',
        },
      },
      {
        code: 'GATEWAY.BAD_REPLY',
        message: 'The request you have made requires authentication.',
        kind: 'UNAUTHENTICATED',
      },
    ],
    [
      'a body with only a message',
      503,
      { message: 'back soon' },
      { code: 'GATEWAY.BAD_REPLY', message: 'back soon. Nothing was created.', kind: 'UNAVAILABLE' },
    ],
    [
      'an HTML page',
      502,
      '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0"><html><body><H2>Error</H2></body></html>',
      { ...UNREADABLE, kind: 'UNAVAILABLE', httpStatus: 502 },
    ],
    ['an empty body', 504, '', { ...UNREADABLE, kind: 'TIMEOUT' }],
    ['broken JSON', 400, '{"error_code":"LTS.0009', { ...UNREADABLE, kind: 'INVALID_INPUT' }],
    ['a 201 without an ID', 201, {}, { ...UNREADABLE, kind: 'INTERNAL', httpStatus: 201 }],
    ['a 201 with an empty ID', 201, { log_stream_id: '' }, { ...UNREADABLE, kind: 'INTERNAL' }],
    ['a 201 that is null', 201, 'null', { ...UNREADABLE, kind: 'INTERNAL' }],
  ])('for %s', async (_what, status, body, expected) => {
    expect(await createWith(status, body)).toMatchObject({ __typename: 'LtsError', ...expected });
  });
});

describe('createLogStream returns the message of LTS', () => {
  test.each([
    ['HTML', 'Sorry <b>no</b>', 'LTS sent a reply that cannot be read.'],
    ['a stack trace', 'Boom\n    at Foo.bar (x.js:1:2)', 'LTS sent a reply that cannot be read.'],
    ['the token', `token ${TOKEN} is bad`, 'token [token] is bad'],
    ['more than 500 characters', 'x'.repeat(5_000), `${'x'.repeat(500)}…`],
    ['a part of the token', `${'x'.repeat(490)}${TOKEN.repeat(50)}`, `${'x'.repeat(490)}[token][to…`],
    ['more than 500 line breaks', '\n'.repeat(400_000), `${'\n'.repeat(500)}…`],
  ])('without %s', async (_what, error_msg, message) => {
    expect(await createWith(500, { error_code: 'LTS.0202', error_msg })).toMatchObject({
      code: 'LTS.0202',
      message,
    });
  });
});

test('logGroups returns a failure in errors with the message, code and request IDs of LTS', async () => {
  const reply = { error_code: 'LTS.0003', error_msg: 'Invalid token' };
  scripted.answer = replyWith(401, reply, { 'x-request-id': 'r1' });
  const { status, data, errors, headers } = await gateway.send(LOG_GROUPS, { projectId: 'p' });

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
  const broken = await startGateway(
    new LtsClient(
      { send, close: () => {}, endpoint: 'http://127.0.0.1' },
      { metrics: createMetrics(), timeoutMs: 100, circuitBreaker: (call) => call(false) },
    ),
  );
  const { data, errors, text } = await broken.send(CREATE_LOG_STREAM, VARIABLES);
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
