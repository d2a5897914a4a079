import { readdirSync, readFileSync } from 'node:fs';
import { ApolloClient, type DocumentNode, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getNamedType, isUnionType, Kind, parse, validate } from 'graphql';
import { generateClients } from '../clients/generate.js';
import * as operations from '../clients/typescript/operations.ts';
import { readManifest } from '../src/config/persisted-query-manifest.ts';
import { DEMO } from '../src/embedded-lts/store.ts';
import { buildSchema } from '../src/graphql/schema.ts';
import { TOKEN } from './support/gateway.ts';
import { useGatewayOnEmbeddedLts } from './support/use-gateways.ts';

/** The files of `clients`: what apps are built with. */
const MANIFEST = 'clients/persisted-query-manifest.json';
const manifest: { operations: { id: string; name: string; body: string }[] } = JSON.parse(
  readFileSync(MANIFEST, 'utf8'),
);
const possibleTypes = JSON.parse(readFileSync('clients/possible-types.json', 'utf8'));
const schema = buildSchema();
const MUTATIONS = Object.values(schema.getMutationType()?.getFields() ?? {});
const QUERIES = Object.values(schema.getQueryType()?.getFields() ?? {});

const sources = readdirSync('clients/operations').map((file) =>
  parse(readFileSync(`clients/operations/${file}`, 'utf8')),
);
const all: DocumentNode = {
  kind: Kind.DOCUMENT,
  definitions: sources.flatMap((source) => source.definitions),
};

test('the generated files match the schema and the operations (`npm run schema` updates them)', async () => {
  const generated = await generateClients();
  expect(generated.size).toBe(3);
  for (const [file, text] of generated) expect(readFileSync(file, 'utf8')).toBe(text);
});

test('every operation is valid in the schema', () => {
  expect(validate(schema, all)).toEqual([]);
});

/** The fields of all operations. */
const selected = all.definitions.flatMap((definition) =>
  definition.kind === Kind.OPERATION_DEFINITION
    ? definition.selectionSet.selections.filter((selection) => selection.kind === Kind.FIELD)
    : [],
);

test('every mutation and query of the schema has an operation', () => {
  const names = new Set(selected.map(({ name }) => name.value));
  expect([...names].sort()).toEqual([...MUTATIONS, ...QUERIES].map(({ name }) => name).sort());
});

test.each(MUTATIONS)(
  'each operation of $name selects __typename and every member of its union',
  (mutation) => {
    const union = getNamedType(mutation.type);
    const members = isUnionType(union) ? union.getTypes().map(String) : [];
    for (const field of selected.filter(({ name }) => name.value === mutation.name)) {
      const names = field.selectionSet?.selections.map((selection) =>
        selection.kind === Kind.INLINE_FRAGMENT ? selection.typeCondition?.name.value : selection.name.value,
      );
      expect(names?.sort()).toEqual(['__typename', 'DisplayableError', ...members].sort());
    }
  },
);

describe('with the manifest as TRUSTED_DOCUMENTS, Apollo Client', () => {
  const { projectId, groupId } = DEMO;
  const { gateway, lts } = useGatewayOnEmbeddedLts({ trustedDocuments: readManifest(MANIFEST) });
  let client: ApolloClient;
  let sent: any[];
  beforeAll(() => {
    sent = [];
    const http = new HttpLink({
      uri: `${gateway.url}/graphql`,
      headers: { 'x-auth-token': TOKEN },
      fetch: (url, init) => {
        sent.push(JSON.parse(String(init?.body)));
        return fetch(url, init);
      },
    });
    const ids = new PersistedQueryLink({ sha256: idOfText });
    client = new ApolloClient({ link: ids.concat(http), cache: new InMemoryCache({ possibleTypes }) });
  });
  afterAll(() => client.stop());

  test('runs every operation by its ID, and its text is that of the manifest', async () => {
    const ran = new Set<string>();
    const run = async (name: string, variables: Record<string, unknown>): Promise<any> => {
      ran.add(name);
      const document = (operations as unknown as Record<string, DocumentNode>)[`${name}Document`]!;
      const isMutation = MUTATIONS.some((field) => field.name === lowerFirst(name));
      const { data } = await (isMutation
        ? client.mutate<any>({ mutation: document, variables })
        : client.query<any>({ query: document, variables, fetchPolicy: 'network-only' }));
      const result = data[lowerFirst(name)] ?? data.logStream;
      if (isMutation) expect(result.__typename).toMatch(/^Log(Group|Stream)(Created|Updated|Deleted)$/);
      else expect(result).toBeTruthy();
      return result;
    };

    const group = await run('CreateLogGroup', { projectId, input: { name: 'new', ttlInDays: 5 } });
    await run('UpdateLogGroup', { projectId, groupId: group.logGroupId, input: { ttlInDays: 6 } });
    await run('DeleteLogGroup', { projectId, groupId: group.logGroupId });
    const [{ name: groupName }] = await run('LogGroups', { projectId });
    const stream = await run('CreateLogStream', { projectId, groupId, input: { name: 'new' } });
    const streamId = stream.logStreamId;
    expect(stream.logGroup.logStreams).toContainEqual({ __typename: 'LogStream', id: streamId, name: 'new' });
    await run('UpdateLogStream', { projectId, groupId, streamId, input: { ttlInDays: 6 } });
    await run('LogGroup', { projectId, id: groupId });
    await run('LogStreams', { projectId, groupId });
    await run('LogStream', { projectId, groupId, id: streamId });
    const read = { projectId, groupId, id: streamId, search: { lastSeconds: 900 } };
    lts.store.addLogs(streamId, [{ content: 'hello' }]);
    const { logs } = await run('Logs', read);
    expect(logs.edges).toMatchObject([{ node: { content: 'hello' } }]);
    await run('LogHistogram', read);
    await run('LogContext', { projectId, groupId, id: streamId, logId: logs.edges[0].node.id });
    await run('LogStreamByName', { projectId, groupName, name: 'new' });
    await run('DeleteLogStream', { projectId, groupId, streamId });

    expect([...ran].sort()).toEqual(manifest.operations.map(({ name }) => name).sort());
    for (const body of sent) expect(body).not.toHaveProperty('query');
  });

  test('gets the log stream that has the name as a typed LtsError', async () => {
    const { data } = await client.mutate({
      mutation: operations.CreateLogStreamDocument,
      variables: { projectId, groupId, input: { name: 'access' } },
    });
    expect(data?.createLogStream).toMatchObject({
      __typename: 'LtsError',
      kind: 'ALREADY_EXISTS',
      outcome: 'NOT_APPLIED',
      message: expect.any(String),
      existingLogStream: { id: expect.any(String), name: 'access' },
    });
  });
});

/** The ID of exactly this text in the manifest: what a client that hashes its own text would send. */
function idOfText(text: string): string {
  const { id } = manifest.operations.find(({ body }) => body === text) ?? {};
  if (!id) throw new Error(`not in the manifest:\n${text}`);
  return id;
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
