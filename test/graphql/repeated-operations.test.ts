import { beforeEach, describe, expect, test } from '@jest/globals';
import { exampleVariables, OPERATIONS } from '../support/example-operations.ts';
import { listedGroup, listedStream, listing, replyWith } from '../support/scripted-server.ts';
import { useGateway } from '../support/use-gateways.ts';

const { gateway, scripted } = useGateway();

/** The same reply to every call, with what the reply to any has. */
beforeEach(() => {
  const tag = { env: 'prod' };
  const group = listedGroup({ log_group_id: 'x', log_group_name: 'some-text', tag });
  const stream = listedStream({ log_stream_id: 'x', log_stream_name: 'some-text', log_group_id: 'x', tag });
  scripted.answer = replyWith(200, {
    ...listing([group], [stream]),
    log_stream_id: 'new',
    log_group_id: 'new',
    ttl_in_days: 7,
    logs: [{ content: 'hello', line_num: '1700000000123456789', labels: {} }],
    count: 0,
    histogram: '[]',
  });
});

/** Sends an operation three times, and returns what came of it, which must be the same each time. */
async function sendThreeTimes(query: string, variables: object) {
  const send = async () => {
    scripted.received.length = 0;
    const headers = { 'x-auth-token': 'any', 'x-request-id': 'same' };
    const { status, text } = await gateway.send(query, variables, headers);
    const calls = scripted.received.map(({ method, path, body }) => `${method} ${path} ${body}`);
    // The time of a create is that of LTS's reply.
    return { status, text: text.replace(/"createdAt":"20[^"]+"/g, '"createdAt":"…"'), calls };
  };
  const first = await send();
  for (let count = 0; count < 2; count += 1) expect(await send()).toEqual(first);
  const bodies = first.calls.flatMap((call) => /\{.*$/.exec(call) ?? []);
  return { ...first, ...JSON.parse(first.text), bodies };
}

test.each(OPERATIONS)('$name has the same result each time that it is sent', async ({ body }) => {
  const { data, errors } = await sendThreeTimes(body, {
    ...exampleVariables(body, 'x'),
    search: { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' },
    after: null,
    logId: 'x:1700000000123456789',
  });
  expect(errors).toBeUndefined();
  const [result] = Object.values(data) as { __typename?: string }[];
  expect(result).toBeTruthy();
  expect(result?.__typename).not.toBe('LtsError');
});

describe('a document with defaults is carried out with them each time that it is sent:', () => {
  const createWith = (declared: string, input: string) => `mutation (${declared}) {
    createLogStream(projectId: "p", groupId: "g", input: ${input}) { __typename ... on LtsError { code } }
  }`;
  const INPUT = '$input: CreateLogStreamInput! = { name: "a", ttlInDays: 7 }';
  const WITH_DAYS = '{ name: "a", ttlInDays: $days }';
  const WITH_TAGS = '{ name: "a", tags: $tags }';

  test.each<[string, string, string, object, object]>([
    ['a variable that is left out', '$days: Int! = 7', WITH_DAYS, {}, { ttl_in_days: 7 }],
    ['a variable that is given', '$days: Int! = 7', WITH_DAYS, { days: 9 }, { ttl_in_days: 9 }],
    ['a variable that is null', '$days: Int = 7', WITH_DAYS, { days: null }, {}],
    ['an input that is left out', INPUT, '$input', {}, { ttl_in_days: 7 }],
    ['an input that is given in part', INPUT, '$input', { input: { name: 'b' } }, { log_stream_name: 'b' }],
    ['a list', '$tags: [TagInput!] = [{ key: "k" }]', WITH_TAGS, {}, { tags: [{ key: 'k' }] }],
    ['a name that objects have', '$toString: Int', '{ name: "a", ttlInDays: $toString }', {}, {}],
    [
      'a required variable with a name that objects have',
      '$constructor: Int! = 7',
      '{ name: "a", ttlInDays: $constructor }',
      {},
      { ttl_in_days: 7 },
    ],
  ])('%s', async (_case, declared, input, variables, sent) => {
    const { status, data, bodies } = await sendThreeTimes(createWith(declared, input), variables);
    expect([status, data]).toEqual([200, { createLogStream: { __typename: 'LogStreamCreated' } }]);
    expect(bodies.map((body: string) => JSON.parse(body))).toEqual([{ log_stream_name: 'a', ...sent }]);
  });

  const INCLUDED = '{ a: __typename @include(if: $if) }';
  test.each([
    ['a condition that is left out', `query ($if: Boolean! = true) ${INCLUDED}`, '{"a":"Query"}'],
    ['a nullable condition that is left out', `query ($if: Boolean = true) ${INCLUDED}`, '{"a":"Query"}'],
    [
      'an alias that objects have',
      '{ __proto__: __typename toString: __typename }',
      '{"__proto__":"Query","toString":"Query"}',
    ],
  ])('%s', async (_case, query, expected) => {
    const { status, data } = await sendThreeTimes(query, {});
    expect([status, JSON.stringify(data)]).toEqual([200, expected]);
  });

  test.each<[string, string, object]>([
    ['a nullable condition that is null', `query ($if: Boolean = true) ${INCLUDED}`, { if: null }],
    ['a required variable that is missing', createWith('$days: Int!', WITH_DAYS), {}],
    [
      'a required variable that is missing, with a name that objects have,',
      createWith('$toString: Int!', '{ name: "a", ttlInDays: $toString }'),
      {},
    ],
  ])('%s is refused each time', async (_case, query, variables) => {
    const { errors, calls } = await sendThreeTimes(query, variables);
    expect([errors.length, calls]).toEqual([1, []]);
  });
});
