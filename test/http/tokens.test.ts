import { beforeEach, describe, expect, test } from '@jest/globals';
import { TOKEN } from '../support/gateway.ts';
import { CREATE_LOG_STREAM, LOG_GROUPS } from '../support/operations.ts';
import { hangUp, replyToWrites, replyWith } from '../support/scripted-server.ts';
import { useGateway } from '../support/use-gateways.ts';

const { gateway, scripted } = useGateway();
beforeEach(() => {
  scripted.answer = replyWith(201, { log_stream_id: 'id' });
});

const variables = { projectId: 'p', groupId: 'g', input: { name: 'a' } };
const tokensSent = () => scripted.received.map(({ headers }) => headers['x-auth-token']);

test.each<[string, Record<string, string>, string]>([
  ['X-Auth-Token', { 'x-auth-token': 'one' }, 'one'],
  ['Authorization: Bearer', { authorization: 'Bearer two' }, 'two'],
  ['Authorization: bearer in lower case', { authorization: 'bearer two' }, 'two'],
  ['X-Auth-Token rather than Authorization', { 'x-auth-token': 'one', authorization: 'Bearer two' }, 'one'],
  ['X-Auth-Token with 8,000 characters', { 'x-auth-token': 'M'.repeat(8_000) }, 'M'.repeat(8_000)],
])('the gateway takes the token from %s', async (_what, headers, token) => {
  await gateway.send(CREATE_LOG_STREAM, variables, headers);
  expect(tokensSent()).toEqual([token]);
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
      __typename: 'LtsError',
      code: 'GATEWAY.UNAUTHENTICATED',
      kind: 'UNAUTHENTICATED',
      httpStatus: null,
      isRetryable: false,
    });
    expect(list.errors[0].extensions).toMatchObject({
      code: 'UNAUTHENTICATED',
      ltsCode: 'GATEWAY.UNAUTHENTICATED',
    });
    expect(scripted.received).toEqual([]);
  });
});

test('two mutation fields of one operation both send its token', async () => {
  const twice = `mutation ($projectId: ID!, $groupId: ID!) {
    a: createLogStream(projectId: $projectId, groupId: $groupId, input: { name: "a" }) { __typename }
    b: createLogStream(projectId: $projectId, groupId: $groupId, input: { name: "b" }) { __typename }
  }`;
  await gateway.send(twice, variables, { 'x-auth-token': 'both' });
  expect(tokensSent()).toEqual(['both', 'both']);
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
    replyWith(500, { error_code: 'LTS.0202', error_msg: `failed for ${TOKEN}` }),
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
