import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { describe, expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { TOKEN } from '../support/gateway.ts';
import { useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const { projectId, groupId } = DEMO;

const { gateway, lts } = useGatewayOnEmbeddedLts();

/** A mutation on a log stream, with a selection in its result. */
const mutation = (name: string, args: string, success: string) => (selection: string) =>
  `mutation {
    ${name}(projectId: "${projectId}", groupId: "${groupId}", ${args}) {
      __typename ... on ${success} { ${selection} }
    }
  }`;
const STREAM = `streamId: "${DEMO.streamId}"`;
const CREATE = mutation('createLogStream', 'input: { name: "new" }', 'LogStreamCreated');
const UPDATE = mutation('updateLogStream', `${STREAM}, input: { ttlInDays: 8 }`, 'LogStreamUpdated');
const DELETE = mutation('deleteLogStream', STREAM, 'LogStreamDeleted');

describe.each<[string, (selection: string) => string, { names: string[]; listsBefore: number }]>([
  ['CreateLogStream', CREATE, { names: ['access', 'new'], listsBefore: 0 }],
  ['UpdateLogStream', UPDATE, { names: ['access'], listsBefore: 1 }],
  ['DeleteLogStream', DELETE, { names: [], listsBefore: 0 }],
])('%s', (write, document, { names, listsBefore }) => {
  const send = async (selection: string) => {
    const { __typename, logGroup } = await gateway.resultOf(document(selection));
    expect(__typename).toMatch(/^LogStream(Created|Updated|Deleted)$/);
    return logGroup;
  };

  test('returns the log group with its log streams as they are after the write', async () => {
    expect(await send('logGroup { id name ttlInDays logStreams { name } }')).toEqual({
      id: groupId,
      name: 'web-shop',
      ttlInDays: 30,
      logStreams: names.map((name) => ({ name })),
    });
  });

  test('takes effect with logGroup null, and without errors, when the list of log groups cannot be read', async () => {
    lts.faults.failNext({ when: 'before', kind: 'tooManyRequests', operation: 'ListLogGroups' });
    expect(await send('logGroup { id logStreams { name } }')).toBeNull();
    const stored = [...lts.store.groupOf(groupId).streams.values()];
    expect(stored.map(({ log_stream_name }) => log_stream_name)).toEqual(names);
  });

  test.each([
    'logGroup { id logStreams { name } }',
    'logGroup { ...All } } } } fragment All on LogGroup { id ... @include(if: true) { own: logStreams { name',
    'logGroup { id } logGroup { logStreams { id } }',
  ])('has logGroup null, and no errors, when its log streams cannot be read: %s', async (selection) => {
    const operation = 'ListLogStream';
    const read = { when: 'after', kind: 'delay', ms: 0, operation } as const;
    const failure = { when: 'before', kind: 'tooManyRequests', operation } as const;
    lts.faults.failNext(...Array.from({ length: listsBefore }, () => read), failure);
    expect(await send(selection)).toBeNull();
  });

  test.each([
    ['logGroup { id }', { ListLogGroups: 1 }],
    ['logGroup { id logStreams { name } }', { ListLogGroups: 1, ListLogStream: 1 }],
    ['logGroup { id logStreams @skip(if: true) { name } }', { ListLogGroups: 1 }],
    ['a: logGroup { id } b: logGroup { id logStreams { id } }', { ListLogGroups: 1, ListLogStream: 1 }],
    ['__typename', {}],
  ])('with %s calls LTS after the write only for what is selected', async (selection, calls) => {
    await send(selection);
    const { ListLogStream = 0, ...others } = calls as Record<string, number>;
    const lists = ListLogStream + listsBefore;
    const expected = { ...others, [write]: 1, ...(lists > 0 && { ListLogStream: lists }) };
    expect(Object.fromEntries(lts.calls)).toEqual(expected);
  });
});

test('the cache of Apollo Client keeps its list when it cannot be read after a mutation, and the next one replaces it', async () => {
  const list = gql(`{ logGroup(projectId: "${projectId}", id: "${groupId}") { id logStreams { id name } } }`);
  const client = new ApolloClient({
    link: new HttpLink({ uri: `${gateway.url}/graphql`, headers: { 'x-auth-token': TOKEN } }),
    cache: new InMemoryCache(),
  });
  const mutate = async (document: typeof CREATE) => {
    const selection = 'logGroup { id logStreams { id name } }';
    return (await client.mutate<any>({ mutation: gql(document(selection)) })).data;
  };
  const cached = () =>
    client.cache
      .readQuery<any>({ query: list })
      .logGroup.logStreams.map(({ name }: { name: string }) => name);

  await client.query({ query: list });
  lts.faults.failNext({ when: 'before', kind: 'tooManyRequests', operation: 'ListLogStream' });
  const { createLogStream } = await mutate(CREATE);
  expect(createLogStream).toMatchObject({ __typename: 'LogStreamCreated', logGroup: null });
  expect(cached()).toEqual(['access']);
  await mutate(DELETE);
  expect(cached()).toEqual(['new']);
  client.stop();
});
