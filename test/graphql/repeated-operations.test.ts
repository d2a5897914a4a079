import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  answerWith,
  listedGroup,
  listedStream,
  listing,
  type ReceivedRequest,
  replyWith,
} from '../support/scripted-server.ts';
import { useGateway } from '../support/use-gateways.ts';

/** Of `clients/operations`, each with its fragments. */
const { operations: OPERATIONS } = JSON.parse(
  readFileSync('clients/persisted-query-manifest.json', 'utf8'),
) as { operations: { name: string; body: string }[] };
const IDS = { projectId: 'p', groupId: 'g', streamId: 's', groupName: 'g', name: 's' };

const { gateway, scripted } = useGateway();
beforeEach(() => {
  scripted.answer = answerWith(({ method, url = '' }) => replyWith(...replyTo(method, url)));
});

/** The same reply each time. */
function replyTo(method: string | undefined, url: string): [status: number, body: object] {
  if (method === 'POST' && url.endsWith('/streams')) return [201, { log_stream_id: 'new' }];
  if (method === 'POST' && url.endsWith('/groups')) return [201, { log_group_id: 'new' }];
  const log = { content: 'hello', line_num: '1700000000123456789', labels: {} };
  if (/\/(query|context)$/.test(url)) return [200, { logs: [log] }];
  if (url.endsWith('/keyword-count')) return [200, { count: 0, histogram: '[]' }];
  if (method !== 'GET') return [200, { ttl_in_days: 7 }];
  const tag = { env: 'prod' };
  return [200, listing([listedGroup({ tag })], [listedStream({ log_group_id: 'g', tag })])];
}

/** Sends an operation three times, and returns what came of it, which must be the same each time. */
async function sendThreeTimes(query: string, variables: object) {
  const send = async () => {
    scripted.received.length = 0;
    const { status, text } = await gateway.send(query, variables, {
      'x-auth-token': 'any',
      'x-request-id': 'same',
    });
    const calls = scripted.received.map(
      ({ method, path, body }: ReceivedRequest) => `${method} ${path} ${body}`,
    );
    // The time of a create is that of LTS's reply.
    return { status, text: text.replace(/"createdAt":"20[^"]+"/g, '"createdAt":"…"'), calls };
  };
  const first = await send();
  for (let count = 0; count < 2; count += 1) expect(await send()).toEqual(first);
  return {
    ...first,
    ...JSON.parse(first.text),
    bodies: first.calls.flatMap((call) => /\{.*$/.exec(call) ?? []),
  };
}

test.each(OPERATIONS)('$name has the same result each time that it is sent', async ({ name, body }) => {
  const input = name.startsWith('Update')
    ? { ttlInDays: 9 }
    : { name: 'new', ttlInDays: 3, tags: [{ key: 'k' }] };
  const { data, errors } = await sendThreeTimes(body, {
    ...IDS,
    id: name === 'LogGroup' ? 'g' : 's',
    input,
    search: { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' },
    logId: 's:1700000000123456789',
  });
  expect(errors).toBeUndefined();
  const [result] = Object.values(data) as { __typename?: string }[];
  expect(result).toBeTruthy();
  expect(result?.__typename).not.toBe('LtsError');
});

describe('a document with defaults is carried out with them each time that it is sent:', () => {
  const create = (input: string) =>
    `createLogStream(projectId: "p", groupId: "g", input: ${input}) { __typename ... on LtsError { code } }`;

  test.each<[string, string, object, object]>([
    [
      'a variable that is left out',
      `($days: Int! = 7) { ${create('{ name: "a", ttlInDays: $days }')} }`,
      {},
      { log_stream_name: 'a', ttl_in_days: 7 },
    ],
    [
      'a variable that is given',
      `($days: Int! = 7) { ${create('{ name: "a", ttlInDays: $days }')} }`,
      { days: 9 },
      { log_stream_name: 'a', ttl_in_days: 9 },
    ],
    [
      'a nullable variable that is null',
      `($days: Int = 7) { ${create('{ name: "a", ttlInDays: $days }')} }`,
      { days: null },
      { log_stream_name: 'a' },
    ],
    [
      'an input that is left out',
      `($input: CreateLogStreamInput! = { name: "a", ttlInDays: 7 }) { ${create('$input')} }`,
      {},
      { log_stream_name: 'a', ttl_in_days: 7 },
    ],
    [
      'an input that is given in part',
      `($input: CreateLogStreamInput! = { name: "a", ttlInDays: 7 }) { ${create('$input')} }`,
      { input: { name: 'b' } },
      { log_stream_name: 'b' },
    ],
    [
      'a list in a default',
      `($tags: [TagInput!] = [{ key: "k" }]) { ${create('{ name: "a", tags: $tags }')} }`,
      {},
      { log_stream_name: 'a', tags: [{ key: 'k' }] },
    ],
    [
      'a variable whose name objects have',
      `($toString: Int) { ${create('{ name: "a", ttlInDays: $toString }')} }`,
      {},
      { log_stream_name: 'a' },
    ],
    [
      'a required variable whose name objects have',
      `($constructor: Int! = 7) { ${create('{ name: "a", ttlInDays: $constructor }')} }`,
      {},
      { log_stream_name: 'a', ttl_in_days: 7 },
    ],
  ])('%s', async (_case, operation, variables, sent) => {
    const { status, data, bodies } = await sendThreeTimes(`mutation ${operation}`, variables);
    expect([status, data]).toEqual([200, { createLogStream: { __typename: 'LogStreamCreated' } }]);
    expect(bodies.map((body: string) => JSON.parse(body))).toEqual([sent]);
  });

  test.each<[string, string, object, object]>([
    [
      'a condition that is left out',
      'query ($if: Boolean! = true) { a: __typename @include(if: $if) }',
      {},
      { a: 'Query' },
    ],
    [
      'a nullable condition that is left out',
      'query ($if: Boolean = true) { a: __typename @include(if: $if) }',
      {},
      { a: 'Query' },
    ],
    [
      'an alias that objects have',
      'query { __proto__: __typename toString: __typename }',
      {},
      JSON.parse('{"__proto__":"Query","toString":"Query"}'),
    ],
  ])('%s', async (_case, query, variables, expected) => {
    const { status, data } = await sendThreeTimes(query, variables);
    expect([status, JSON.stringify(data)]).toEqual([200, JSON.stringify(expected)]);
  });

  test.each<[string, string, object]>([
    [
      'a nullable condition that is null',
      'query ($if: Boolean = true) { a: __typename @include(if: $if) }',
      { if: null },
    ],
    [
      'a required variable that is missing',
      `mutation ($toString: Int!) { ${create('{ name: "a", ttlInDays: $toString }')} }`,
      {},
    ],
  ])('%s is refused each time', async (_case, query, variables) => {
    const { errors, calls } = await sendThreeTimes(query, variables);
    expect([errors.length, calls]).toEqual([1, []]);
  });
});
