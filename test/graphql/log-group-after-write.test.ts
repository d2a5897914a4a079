import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { TOKEN } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const { projectId, groupId } = DEMO;

const { gateway, lts } = useGatewayOnEmbeddedLts();

const IDS = { projectId, groupId, streamId: DEMO.streamId };

/** Every mutation on a log stream, with a selection in `logGroup`. */
const MUTATIONS: [string, (selection: string) => string][] = [
  [
    'createLogStream',
    (selection) => `mutation ($projectId: ID!, $groupId: ID!) {
      createLogStream(projectId: $projectId, groupId: $groupId, input: { name: "new" }) {
        __typename ... on LogStreamCreated { ${selection} }
      }
    }`,
  ],
  [
    'updateLogStream',
    (selection) => `mutation ($projectId: ID!, $groupId: ID!, $streamId: ID!) {
      updateLogStream(projectId: $projectId, groupId: $groupId, streamId: $streamId, input: { ttlInDays: 8 }) {
        __typename ... on LogStreamUpdated { ${selection} }
      }
    }`,
  ],
  [
    'deleteLogStream',
    (selection) => `mutation ($projectId: ID!, $groupId: ID!, $streamId: ID!) {
      deleteLogStream(projectId: $projectId, groupId: $groupId, streamId: $streamId) {
        __typename ... on LogStreamDeleted { ${selection} }
      }
    }`,
  ],
];

describe.each(MUTATIONS)('%s', (name, mutation) => {
  const NAMES = { createLogStream: ['access', 'new'], updateLogStream: ['access'], deleteLogStream: [] };

  const send = async (selection: string) => {
    const { data, errors } = await gateway.send(mutation(selection), IDS);
    expect(errors).toBeUndefined();
    expect(data[name].__typename).toMatch(/^LogStream(Created|Updated|Deleted)$/);
    return data[name].logGroup;
  };

  test('returns the log group with its log streams as they are after the write', async () => {
    expect(await send('logGroup { id name ttlInDays logStreams { name } }')).toEqual({
      id: groupId,
      name: 'web-shop',
      ttlInDays: 30,
      logStreams: NAMES[name as keyof typeof NAMES].map((one) => ({ name: one })),
    });
  });

  test('takes effect with logGroup null, and without errors, when the list of log groups cannot be read', async () => {
    lts.faults.failNext({ when: 'before', kind: 'tooManyRequests', operation: 'ListLogGroups' });
    expect(await send('logGroup { id logStreams { name } }')).toBeNull();
    const names = [...lts.store.groupOf(groupId).streams.values()].map((one) => one.log_stream_name);
    expect(names).toEqual(NAMES[name as keyof typeof NAMES]);
  });

  test.each([
    'logGroup { id logStreams { name } }',
    'logGroup { ...All } } } } fragment All on LogGroup { id ... @include(if: true) { own: logStreams { name',
    'logGroup { id } logGroup { logStreams { id } }',
  ])(
    'takes effect with logGroup null, and without errors, when its log streams cannot be read: %s',
    async (selection) => {
      const read = name === 'updateLogStream' ? [{ when: 'after', kind: 'delay', ms: 0 } as const] : [];
      const failure = { when: 'before', kind: 'tooManyRequests' } as const;
      const faults = [...read, failure].map((fault) => ({ ...fault, operation: 'ListLogStream' }));
      lts.faults.failNext(...faults);
      expect(await send(selection)).toBeNull();
    },
  );

  test.each([
    ['logGroup { id }', { ListLogGroups: 1 }],
    ['logGroup { id logStreams { name } }', { ListLogGroups: 1, ListLogStream: 1 }],
    ['logGroup { id logStreams @skip(if: true) { name } }', { ListLogGroups: 1 }],
    ['a: logGroup { id } b: logGroup { id logStreams { id } }', { ListLogGroups: 1, ListLogStream: 1 }],
    ['__typename', {}],
  ])('with %s calls LTS after the write only for what is selected', async (selection, calls) => {
    const write = name.charAt(0).toUpperCase() + name.slice(1);
    const before = name === 'updateLogStream' ? 1 : 0;
    await send(selection);
    const { ListLogStream = 0, ...others } = calls as Record<string, number>;
    const streams = ListLogStream + before;
    expect(Object.fromEntries(lts.calls)).toEqual({
      ...others,
      [write]: 1,
      ...(streams > 0 && { ListLogStream: streams }),
    });
  });
});

describe('in Apollo Client, a watched list of log streams', () => {
  const WATCHED = gql`
    query ($projectId: ID!, $groupId: ID!) {
      logGroup(projectId: $projectId, id: $groupId) { id logStreams { id name } }
    }
  `;
  const SELECTION = 'logGroup { id logStreams { id name } }';
  let client: ApolloClient;
  /** Of the log streams, each time that the list was shown. */
  let shown: string[][];

  beforeEach(async () => {
    client = new ApolloClient({
      link: new HttpLink({ uri: `${gateway.url}/graphql`, headers: { 'x-auth-token': TOKEN } }),
      cache: new InMemoryCache(),
    });
    shown = [];
    client
      .watchQuery<any>({ query: WATCHED, variables: { projectId, groupId } })
      .subscribe(({ data, error }) => {
        expect(error).toBeUndefined();
        const streams = data?.logGroup?.logStreams;
        if (streams) shown.push(streams.map((one: { name: string }) => one.name));
      });
    await until(() => shown.length > 0);
  });
  afterEach(() => client.stop());

  const mutate = (name: string) => {
    const mutation = MUTATIONS.find(([one]) => one === name)?.[1] ?? String;
    return client.mutate<any>({ mutation: gql(mutation(SELECTION)), variables: IDS });
  };

  test('shows a new log stream, and loses a deleted one, after one mutation each', async () => {
    await mutate('createLogStream');
    await until(() => shown.length > 1);
    await mutate('deleteLogStream');
    await until(() => shown.length > 2);
    expect(shown).toEqual([['access'], ['access', 'new'], ['new']]);
    // Of the watched query: it was sent once only.
    expect(lts.calls.get('ListLogStream')).toBe(3);
  });

  test('stays as it is when the list cannot be read after the mutation, which succeeds all the same', async () => {
    lts.faults.failNext({ when: 'before', kind: 'tooManyRequests', operation: 'ListLogStream' });
    const { data } = await mutate('createLogStream');
    expect(data.createLogStream).toMatchObject({ __typename: 'LogStreamCreated', logGroup: null });
    const cached = client.cache.readQuery<any>({ query: WATCHED, variables: { projectId, groupId } });
    expect(cached.logGroup.logStreams).toHaveLength(1);
    await mutate('deleteLogStream');
    await until(() => shown.length > 1);
    expect(shown).toEqual([['access'], ['new']]);
  });
});
