import { readdirSync, readFileSync } from 'node:fs';
import { ApolloClient, type DocumentNode, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getNamedType, isUnionType, Kind, parse, validate, visit } from 'graphql';
import { generateClients } from '../clients/generate.js';
import * as operations from '../clients/typescript/operations.ts';
import { readManifest } from '../src/config/persisted-query-manifest.ts';
import { DEMO } from '../src/embedded-lts/store.ts';
import { buildSchema } from '../src/graphql/schema.ts';
import { startGatewayOnEmbeddedLts, TOKEN } from './support/gateway.ts';

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

test('every mutation and query of the schema has an operation', () => {
  const selected = all.definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION
      ? definition.selectionSet.selections.map((field) => field.kind === Kind.FIELD && field.name.value)
      : [],
  );
  expect([...new Set(selected)].sort()).toEqual([...MUTATIONS, ...QUERIES].map(({ name }) => name).sort());
});

test.each(MUTATIONS)(
  'the operation of $name selects __typename and every member of its union',
  ({ name, type }) => {
    const conditions: string[] = [];
    let hasTypename = false;
    visit(all, {
      Field(field) {
        if (field.name.value !== name) return;
        for (const selection of field.selectionSet?.selections ?? []) {
          if (selection.kind === Kind.FIELD) hasTypename ||= selection.name.value === '__typename';
          if (selection.kind === Kind.INLINE_FRAGMENT)
            conditions.push(selection.typeCondition?.name.value ?? '');
        }
      },
    });
    const union = getNamedType(type);
    const members = isUnionType(union) ? union.getTypes().map(String) : [];
    expect(hasTypename).toBe(true);
    expect(conditions.sort()).toEqual(['DisplayableError', ...members].sort());
  },
);

describe('with the manifest as TRUSTED_DOCUMENTS, Apollo Client', () => {
  const { projectId, groupId } = DEMO;
  let running: Awaited<ReturnType<typeof startGatewayOnEmbeddedLts>>;
  let client: ApolloClient;
  let sent: any[];
  beforeAll(async () => {
    running = await startGatewayOnEmbeddedLts({ trustedDocuments: readManifest(MANIFEST) });
    sent = [];
    const http = new HttpLink({
      uri: `${running.gateway.url}/graphql`,
      headers: { 'x-auth-token': TOKEN },
      fetch: (url, init) => {
        sent.push(JSON.parse(String(init?.body)));
        return fetch(url, init);
      },
    });
    const ids = new PersistedQueryLink({ sha256: idOfText });
    client = new ApolloClient({ link: ids.concat(http), cache: new InMemoryCache({ possibleTypes }) });
  });
  afterAll(async () => {
    client.stop();
    await running.close();
  });

  test('runs every operation by its ID, and its text is that of the manifest', async () => {
    const { lts } = running;
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

  test('shows a create and a delete in the log group that it has in its cache', async () => {
    const shown = async (fetchPolicy: 'network-only' | 'cache-only') => {
      const { data } = await client.query({
        query: operations.LogGroupDocument,
        variables: { projectId, id: groupId },
        fetchPolicy,
      });
      return data?.logGroup?.logStreams?.map(({ name }) => name);
    };
    const before = await shown('network-only');
    const { data } = await client.mutate({
      mutation: operations.CreateLogStreamDocument,
      variables: { projectId, groupId, input: { name: 'in-the-cache' } },
    });
    const result = data?.createLogStream;
    if (result?.__typename !== 'LogStreamCreated') throw new Error('not created');
    expect(await shown('cache-only')).toEqual([...(before ?? []), 'in-the-cache']);
    await client.mutate({
      mutation: operations.DeleteLogStreamDocument,
      variables: { projectId, groupId, streamId: result.logStreamId },
    });
    expect(await shown('cache-only')).toEqual(before);
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

test.each([
  [
    'Apollo Kotlin',
    'multipart/mixed;subscriptionSpec=1.0, application/graphql-response+json, application/json',
  ],
  ['Apollo iOS', 'multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json'],
])(
  'the Accept header of %s gets application/graphql-response+json, from the rate limit as well',
  async (_name, accept) => {
    const { gateway, close } = await startGatewayOnEmbeddedLts({ rateLimit: 1 });
    const headers = { 'x-auth-token': TOKEN, accept };
    const wrong = await gateway.send('query ($id: ID!) { logGroups(projectId: $id) { id } }', {}, headers);
    const refused = await gateway.send('{ __typename }', {}, headers);
    const got = [wrong, refused].map((response) => [response.status, response.headers.get('content-type')]);
    expect(got).toEqual([
      [400, 'application/graphql-response+json; charset=utf-8'],
      [429, 'application/graphql-response+json; charset=utf-8'],
    ]);
    expect(refused.errors[0].extensions.retryAfterSeconds).toBe(Number(refused.headers.get('retry-after')));
    await close();
  },
);

/** The ID of exactly this text in the manifest: what a client that hashes its own text would send. */
function idOfText(text: string): string {
  const { id } = manifest.operations.find(({ body }) => body === text) ?? {};
  if (!id) throw new Error(`not in the manifest:\n${text}`);
  return id;
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
