import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import {
  CreateLogStreamDocument,
  DeleteLogStreamDocument,
  LogGroupDocument,
  LogStreamsDocument,
  LogsDocument,
} from '../../clients/typescript/operations.ts';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { until } from '../support/until.ts';
import { useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

// Apollo Client warns only where this is set before it is loaded.
Object.assign(globalThis, { __DEV__: true });
const { createApolloClient } = await import('../../clients/web/apollo-client.ts');

const { projectId, groupId } = DEMO;
const logged: unknown[][] = [];
const { gateway, lts } = useGatewayOnEmbeddedLts();
let client: ReturnType<typeof createApolloClient>;

beforeEach(() => {
  client = createApolloClient(`${gateway.url}/graphql`, async () => 'any');
  for (const level of ['log', 'warn', 'error'] as const)
    jest.spyOn(console, level).mockImplementation((...values) => void logged.push(values));
});
afterEach(() => {
  jest.restoreAllMocks();
  client.stop();
});

/** Names in the list of the log group, and in the list of log streams. */
async function read(fetchPolicy: 'network-only' | 'cache-only') {
  const group = await client.query({
    query: LogGroupDocument,
    variables: { projectId, id: groupId },
    fetchPolicy,
  });
  const list = await client.query({
    query: LogStreamsDocument,
    variables: { projectId, groupId },
    fetchPolicy,
  });
  return [group.data?.logGroup?.logStreams, list.data?.logStreams].map((streams) =>
    streams?.map(({ name }) => name),
  );
}

test('the cache of Apollo Client replaces its lists after a create and a delete, and warns of nothing', async () => {
  expect(await read('network-only')).toEqual([['access'], ['access']]);
  const { data } = await client.mutate({
    mutation: CreateLogStreamDocument,
    variables: { projectId, groupId, input: { name: 'new' } },
  });
  const created = data?.createLogStream;
  const streamId = created?.__typename === 'LogStreamCreated' ? created.logStreamId : '';
  expect(await read('cache-only')).toEqual([['access', 'new'], ['access']]);
  expect((await read('network-only'))[1]).toEqual(['access', 'new']);

  await client.mutate({
    mutation: DeleteLogStreamDocument,
    variables: { projectId, groupId, streamId },
  });
  expect((await read('cache-only'))[0]).toEqual(['access']);
  expect(await read('network-only')).toEqual([['access'], ['access']]);
  expect(logged).toEqual([]);
});

test('pages of logs are one list in the cache of Apollo Client, in which each log is once', async () => {
  const { store } = lts;
  const { log_stream_id: id } = store.addStream(store.groupOf(groupId), { log_stream_name: 'logs' });
  store.addLogs(
    id,
    [1, 2, 3, 4, 5].map((number) => ({ content: `${number}` })),
  );
  const variables = { projectId, groupId, id, search: { lastSeconds: 900 }, first: 2 };
  const query = client.watchQuery({ query: LogsDocument, variables });
  const subscription = query.subscribe(() => {});
  const shown = () => client.readQuery({ query: LogsDocument, variables })?.logStream?.logs;
  await until(() => shown() !== undefined);
  for (let pages = 1; shown()?.pageInfo.hasNextPage && pages < 10; pages += 1) {
    store.addLogs(id, [{ content: 'new' }]);
    await query.fetchMore({ variables: { after: shown()?.pageInfo.endCursor } });
  }
  subscription.unsubscribe();
  expect(shown()?.edges.map(({ node }) => node.content)).toEqual(['5', '4', '3', '2', '1']);
  expect(logged).toEqual([]);
});
