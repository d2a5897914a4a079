import { beforeEach, describe, expect, test } from '@jest/globals';
import { TOKEN } from '../support/gateway.ts';
import { CREATE_LOG_STREAM, LOG_GROUPS } from '../support/operations.ts';
import { failWith, hangUp, replyToWrites, replyWith } from '../support/scripted-server.ts';
import { until } from '../support/until.ts';
import { useGateway } from '../support/use-gateways.ts';

const { gateway, scripted } = useGateway({}, 'each');
beforeEach(() => {
  scripted.answer = replyWith(201, { log_stream_id: 'id' });
});

const requests = () => gateway.lines('"msg":"request"');
const variables = { projectId: 'p', groupId: 'g', input: { name: 'a' } };

test.each<[string, Record<string, string>, string]>([
  ['X-Auth-Token', { 'x-auth-token': 'one' }, 'one'],
  ['Authorization: Bearer', { authorization: 'Bearer two' }, 'two'],
  ['Authorization: bearer in lower case', { authorization: 'bearer two' }, 'two'],
  ['X-Auth-Token rather than Authorization', { 'x-auth-token': 'one', authorization: 'Bearer two' }, 'one'],
  ['X-Auth-Token with 8,000 characters', { 'x-auth-token': 'M'.repeat(8_000) }, 'M'.repeat(8_000)],
])('the gateway takes the token from %s, for every field of an operation', async (_what, headers, token) => {
  const twice = `mutation ($projectId: ID!, $groupId: ID!) {
    a: createLogStream(projectId: $projectId, groupId: $groupId, input: { name: "a" }) { __typename }
    b: createLogStream(projectId: $projectId, groupId: $groupId, input: { name: "b" }) { __typename }
  }`;
  await gateway.send(twice, variables, headers);
  expect(scripted.received.map(({ headers }) => headers['x-auth-token'])).toEqual([token, token]);
});

describe('the gateway returns UNAUTHENTICATED and does not call LTS for', () => {
  test.each<[string, Record<string, string>]>([
    ['a request without a token', {}],
    ['an empty token', { 'x-auth-token': '' }],
    ['another scheme of Authorization', { authorization: 'Basic dXNlcjpwYXNz' }],
    ['a token with a space', { 'x-auth-token': 'a b' }],
    ['Bearer without a token', { authorization: 'Bearer ' }],
    ['a token with a character that no token has', { 'x-auth-token': 'tökén' }],
  ])('%s', async (_what, headers) => {
    const create = await gateway.send(CREATE_LOG_STREAM, variables, headers);
    const list = await gateway.send(LOG_GROUPS, variables, headers);

    expect(create.data.createLogStream).toMatchObject({
      code: 'GATEWAY.UNAUTHENTICATED',
      kind: 'UNAUTHENTICATED',
      httpStatus: null,
      isRetryable: false,
    });
    const { code, ltsCode } = list.errors[0].extensions;
    expect([code, ltsCode]).toEqual(['UNAUTHENTICATED', 'GATEWAY.UNAUTHENTICATED']);
    expect(scripted.received).toEqual([]);
  });
});

test('100 concurrent callers each send their own token and get their own result', async () => {
  // The upstream answers with an ID made of the token and the name it got, the last call first.
  const held: (() => void)[] = [];
  scripted.answer = (request, response, body) => {
    const id = `${request.headers['x-auth-token']}/${JSON.parse(body).log_stream_name}`;
    held.push(() => replyWith(201, { log_stream_id: id })(request, response, body));
    if (held.length === 100) for (const answer of held.reverse()) answer();
  };
  const callers = Array.from({ length: 100 }, (_, index) => `caller-${index}-of-a-hundred`);
  const ids = await Promise.all(
    callers.map(async (caller, index) => {
      const input = { name: `stream-${index}` };
      const headers = { 'x-auth-token': caller };
      return (await gateway.resultOf(CREATE_LOG_STREAM, { ...variables, input }, headers)).logStreamId;
    }),
  );
  expect(ids).toEqual(callers.map((caller, index) => `${caller}/stream-${index}`));
});

test('the token is in no log line and no response, whatever LTS answers', async () => {
  const answers = [
    replyWith(201, { log_stream_id: 'id' }),
    failWith(500, 'LTS.0202', `failed for ${TOKEN}`),
    replyWith(403, { error_code: TOKEN, error_msg: 'no', request_id: TOKEN }, { 'x-request-id': TOKEN }),
    replyWith(502, `<html>${TOKEN}</html>`),
    hangUp,
  ];
  for (const answer of answers) {
    scripted.answer = replyToWrites(answer);
    const { text, headers } = await gateway.send(CREATE_LOG_STREAM, variables);
    expect(text).not.toContain(TOKEN);
    expect(JSON.stringify([...headers])).not.toContain(TOKEN);
  }
  await gateway.send('{ nothing }', { token: TOKEN });
  expect(gateway.logged()).not.toBe('');
  expect(gateway.logged()).not.toContain(TOKEN);
});

describe('a token is neither logged nor returned when it is sent', () => {
  const NAME = TOKEN.replaceAll('-', '_');

  test.each<[string, string, Record<string, string>]>([
    ['as the request ID', TOKEN, { authorization: `Bearer ${TOKEN}` }],
    ['in part as the request ID', TOKEN.slice(3, 20), { 'x-auth-token': TOKEN }],
    ['in part as the request ID, with another header', TOKEN.slice(3, 20), { authorization: TOKEN }],
    ['inside a longer request ID', `my-${TOKEN}`, { 'x-auth-token': TOKEN }],
    ['inside a longer request ID, with another header', `my-${TOKEN}`, { authorization: TOKEN }],
  ])('%s', async (_what, requestId, headers) => {
    const answer = await gateway.send(CREATE_LOG_STREAM, variables, {
      ...headers,
      'x-request-id': requestId,
    });
    expect(answer.headers.get('x-request-id')).not.toBe(requestId);
    expect(gateway.logged()).not.toContain(requestId);
  });

  test('but a request ID that is a few characters of it by chance is used', async () => {
    const answer = await gateway.send(CREATE_LOG_STREAM, variables, {
      'x-auth-token': TOKEN,
      'x-request-id': TOKEN.slice(0, 4),
    });
    expect(answer.headers.get('x-request-id')).toBe(TOKEN.slice(0, 4));
  });

  test('as the name of the client, where the token in use is the beginning of it', async () => {
    await gateway.send(
      '{ __typename }',
      {},
      {
        'x-auth-token': TOKEN.slice(0, 4),
        authorization: `Bearer ${TOKEN}`,
        'apollographql-client-name': TOKEN,
      },
    );
    await until(() => requests().length === 1);
    expect(requests()[0].client).toEqual({ name: '[token]' });
  });

  test('as an ID and as the name of a log stream', async () => {
    const named = { projectId: NAME, groupId: NAME, input: { name: NAME } };
    await gateway.send(CREATE_LOG_STREAM, named, { 'x-auth-token': NAME });
    await until(() => requests().length === 1);
    const [audit] = gateway.lines('"msg":"audit"');
    expect(audit).toMatchObject({ projectId: '[token]', newName: '[token]' });
    expect(gateway.logged()).not.toContain(NAME);
  });

  const SEPARATED = 'short;pieces=with,separators=of;all=kinds';
  const TWO_NAMES = `query ${NAME} { ${NAME}: __typename }`;
  test.each<[string, string, Record<string, string>]>([
    ['the operation name', `query ${NAME} { __typename }`, { 'x-auth-token': NAME }],
    ['an alias', `{ ${NAME}: __typename }`, { 'x-auth-token': NAME }],
    ['a field name', `{ ${NAME} }`, { 'x-auth-token': NAME }],
    ['a value', `{ logGroups(projectId: "${NAME}") { id } }`, { 'x-auth-token': NAME }],
    ['a value with separators in it', `{ a(b: "${SEPARATED}") }`, { 'x-auth-token': SEPARATED }],
    ['names, and in a header that is not used', TWO_NAMES, { 'x-auth-token': 'one', authorization: NAME }],
    ['names, and in Authorization of another scheme', TWO_NAMES, { authorization: `Basic ${NAME}` }],
    ['names, and in X-Auth-Token with another word', TWO_NAMES, { 'x-auth-token': `${NAME} x` }],
  ])('as %s in the document', async (_what, document, headers) => {
    const { status, text, data } = await gateway.send(document, {}, headers);
    expect([status, data]).toEqual([400, undefined]);
    expect(text).toContain('The document has the token in it');
    await until(() => requests().length === 1);
    for (const token of [NAME, SEPARATED]) expect(text + gateway.logged()).not.toContain(token);
    expect(scripted.received).toEqual([]);
  });
});
