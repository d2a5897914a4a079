import { readdirSync, readFileSync } from 'node:fs';
import { ApolloClient, type DocumentNode, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { getNamedType, isUnionType, Kind, parse, validate } from 'graphql';
import { generateClients } from '../clients/generate.js';
import * as operations from '../clients/typescript/operations.ts';
import { readManifest } from '../src/config/persisted-query-manifest.ts';
import { DEMO } from '../src/embedded-lts/store.ts';
import { buildSchema } from '../src/graphql/schema.ts';
import { exampleVariables, OPERATIONS } from './support/example-operations.ts';
import { TOKEN } from './support/gateway.ts';
import { useGatewayOnEmbeddedLts } from './support/use-gateways.ts';

/** The files of `clients`: what apps are built with. */
const MANIFEST = 'clients/persisted-query-manifest.json';
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
  const { projectId, groupId, streamId } = DEMO;
  const search = { lastSeconds: 900 };
  const EXISTING = { projectId, groupId, groupName: 'web-shop', name: 'access', search, after: null };
  const withContent = (content: string) =>
    expect.objectContaining({ node: expect.objectContaining({ content }) });
  const { gateway, lts } = useGatewayOnEmbeddedLts({ trustedDocuments: readManifest(MANIFEST) });
  let client: ApolloClient;
  let sent: any[] = [];
  beforeAll(() => {
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
  beforeEach(() => {
    sent = [];
  });
  afterAll(() => client.stop());

  test.each(OPERATIONS)(
    'runs $name by its ID, and its text is that of the manifest',
    async ({ name, body }) => {
      lts.store.reset();
      lts.store.addLogs(streamId, [{ content: 'hello' }]);
      const line = lts.store.logsOf(streamId).at(-1)?.line_num;
      const variables = {
        ...exampleVariables(body, streamId),
        ...EXISTING,
        logId: `${streamId}:${line}`,
        ...(name === 'LogGroup' && { id: groupId }),
      };
      const document = (operations as unknown as Record<string, DocumentNode>)[`${name}Document`]!;
      const isMutation = body.startsWith('mutation');
      const { data } = await (isMutation
        ? client.mutate<any>({ mutation: document, variables })
        : client.query<any>({ query: document, variables, fetchPolicy: 'network-only' }));
      const [result] = Object.values(data) as any[];
      expect(result).toBeTruthy();
      if (isMutation) expect(result.__typename).not.toBe('LtsError');
      if (name === 'Logs') expect(result.logs.edges).toContainEqual(withContent('hello'));
      expect(sent).not.toEqual([]);
      for (const one of sent) expect(one).not.toHaveProperty('query');
    },
  );

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
  const { id } = OPERATIONS.find(({ body }) => body === text) ?? {};
  if (!id) throw new Error(`not in the manifest:\n${text}`);
  return id;
}
