import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { TOKEN } from '../support/gateway.ts';
import { until } from '../support/until.ts';
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

describe('in Apollo Client, a watched list of log streams', () => {
  const WATCHED = gql(
    `{ logGroup(projectId: "${projectId}", id: "${groupId}") { id logStreams { id name } } }`,
  );
  let client: ApolloClient;
  /** Of the log streams, each time that the list was shown. */
  let shown: string[][];

  beforeEach(async () => {
    client = new ApolloClient({
      link: new HttpLink({ uri: `${gateway.url}/graphql`, headers: { 'x-auth-token': TOKEN } }),
      cache: new InMemoryCache(),
    });
    shown = [];
    client.watchQuery<any>({ query: WATCHED }).subscribe(({ data, error }) => {
      expect(error).toBeUndefined();
      const streams = data?.logGroup?.logStreams;
      if (streams) shown.push(streams.map((one: { name: string }) => one.name));
    });
    await until(() => shown.length > 0);
  });
  afterEach(() => client.stop());

  const mutate = (document: (selection: string) => string) =>
    client.mutate<any>({ mutation: gql(document('logGroup { id logStreams { id name } }')) });

  test('shows a new log stream, and loses a deleted one, after one mutation each', async () => {
    await mutate(CREATE);
    await until(() => shown.length > 1);
    await mutate(DELETE);
    await until(() => shown.length > 2);
    expect(shown).toEqual([['access'], ['access', 'new'], ['new']]);
    // Of the watched query: it was sent once only.
    expect(lts.calls.get('ListLogStream')).toBe(3);
  });

  test('stays as it is when the list cannot be read after the mutation, which succeeds all the same', async () => {
    lts.faults.failNext({ when: 'before', kind: 'tooManyRequests', operation: 'ListLogStream' });
    const { data } = await mutate(CREATE);
    expect(data.createLogStream).toMatchObject({ __typename: 'LogStreamCreated', logGroup: null });
    const cached = client.cache.readQuery<any>({ query: WATCHED });
    expect(cached.logGroup.logStreams).toHaveLength(1);
    await mutate(DELETE);
    await until(() => shown.length > 1);
    expect(shown).toEqual([['access'], ['new']]);
  });
});
