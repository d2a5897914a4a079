import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../../src/config/config.ts';
import { readManifest } from '../../src/config/persisted-query-manifest.ts';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { LIMITS } from '../../src/limits.ts';
import { type RunningGateway, TOKEN } from '../support/gateway.ts';
import { useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const { projectId, groupId } = DEMO;
const folder = mkdtempSync(path.join(tmpdir(), 'documents-'));
const hash = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex');

/** Written by `generate-persisted-query-manifest`. */
const MANIFEST = 'test/fixtures/persisted-query-manifest.json';
const { operations } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as {
  operations: { name: string; body: string }[];
};
const textOf = (wanted: string) => operations.find(({ name }) => name === wanted)?.body ?? '';
const CREATE = textOf('CreateLogStream');

/** As GraphQL Code Generator writes it. */
const DOCUMENTS = path.join(folder, 'persisted-documents.json');
writeFileSync(
  DOCUMENTS,
  JSON.stringify(Object.fromEntries(operations.map(({ body }) => [hash('sha1', body), body]))),
);

const byId = (sha256Hash: unknown) => ({ extensions: { persistedQuery: { version: 1, sha256Hash } } });
const variables = (name: string) => ({ projectId, groupId, input: { name } });

/** Sends a body that need not have a document. */
async function post(gateway: RunningGateway, body: object) {
  const response = await gateway.post(body, { 'x-auth-token': TOKEN });
  const { data, errors } = (await response.json()) as any;
  return { status: response.status, data, errors, code: errors?.[0].extensions.code };
}

describe.each([
  ["Apollo's manifest", MANIFEST, 'sha256', 'sha1'],
  ['the file of GraphQL Code Generator', DOCUMENTS, 'sha1', 'sha256'],
])('with %s as trusted documents,', (_what, file, algorithm, otherAlgorithm) => {
  const { gateway } = useGatewayOnEmbeddedLts({ trustedDocuments: readManifest(file) });
  const idOf = (text: string) => hash(algorithm, text);

  test.each<[string, object]>([
    ['its ID', byId(idOf(CREATE))],
    ['its text', { query: CREATE }],
    ['both', { query: CREATE, ...byId(idOf(CREATE)) }],
  ])('a listed operation runs by %s', async (_by, sent) => {
    const { data } = await post(gateway, { ...sent, variables: variables('new') });
    expect(data.createLogStream.__typename).toBe('LogStreamCreated');
  });

  test('a GET by ID runs a query but not a mutation', async () => {
    const get = (name: string, values: object) => {
      const { extensions } = byId(idOf(textOf(name)));
      const json = { extensions: JSON.stringify(extensions), variables: JSON.stringify(values) };
      const headers = { 'apollo-require-preflight': '1', 'x-auth-token': TOKEN };
      return fetch(`${gateway.url}/graphql?${new URLSearchParams(json)}`, { headers });
    };
    const listed = await get('LogStreams', { projectId, groupId });
    expect(await listed.json()).toMatchObject({ data: { logStreams: [{ name: 'access' }] } });
    expect((await get('CreateLogStream', variables('by-get'))).status).toBe(405);
  });

  test.each([
    ['an operation that is not listed', '{ logGroups(projectId: "p") { id } }'],
    ['a listed operation with a changed text', `${CREATE} `],
    ['an operation that does not fit the schema', '{ nothing }'],
    ['a document that cannot be parsed', '{ logGroups('],
    ['introspection', '{ __schema { types { name } } }'],
  ])('%s is refused without details', async (_what, query) => {
    const { status, data, errors } = await post(gateway, { query, operationName: null });
    expect(status).toBe(400);
    expect(data).toBeUndefined();
    expect(errors).toEqual([
      {
        message: 'This operation is not one of those that the gateway runs.',
        extensions: {
          code: 'QUERY_NOT_IN_SAFELIST',
          localizedMessage: 'This version of the app is not supported. Update the app.',
          requestId: expect.any(String),
        },
      },
    ]);
  });

  test('an ID that is not listed is not found, and cannot be registered', async () => {
    const query = '{ __typename }';
    const unlisted = byId(hash('sha256', query));
    const codeOf = async (body: object) => (await post(gateway, body)).code;
    expect(await codeOf(byId(hash(otherAlgorithm, CREATE)))).toBe('PERSISTED_QUERY_NOT_FOUND');
    expect(await codeOf({ query, ...unlisted })).toBe('QUERY_NOT_IN_SAFELIST');
    expect(await codeOf(unlisted)).toBe('PERSISTED_QUERY_NOT_FOUND');
  });
});

describe('without trusted documents, automatic persisted queries', () => {
  const { gateway } = useGatewayOnEmbeddedLts();

  const register = (query: string) => post(gateway, { query, ...byId(hash('sha256', query)) });
  const runByHash = (query: string) => post(gateway, byId(hash('sha256', query)));
  const QUERY = '{ __typename }';

  test('are registered by hash and text, then run by hash', async () => {
    expect(await register(QUERY)).toMatchObject({ data: { __typename: 'Query' } });
    expect(await runByHash(QUERY)).toMatchObject({ data: { __typename: 'Query' } });
  });

  test('are refused when the hash is not that of the text, or is no text', async () => {
    const ofAnother = await post(gateway, { query: '{ a: __typename }', ...byId(hash('sha256', QUERY)) });
    expect(ofAnother).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    const noText = await post(gateway, byId({ toString: 1 }));
    expect(noText).toMatchObject({ code: 'PERSISTED_QUERY_NOT_FOUND' });
  });

  test('are removed when their texts exceed LIMITS.persistedQueriesBytes', async () => {
    await register(QUERY);
    const size = LIMITS.bodyBytes - 1_000;
    const many = Math.ceil(LIMITS.persistedQueriesBytes / size) + 1;
    for (let number = 0; number < many; number += 1) await register(`${QUERY} #${number}${'x'.repeat(size)}`);
    expect(await runByHash(QUERY)).toMatchObject({ code: 'PERSISTED_QUERY_NOT_FOUND' });
  });
});

describe('readConfig rejects TRUSTED_DOCUMENTS', () => {
  const file = path.join(folder, 'manifest.json');
  const listed = { id: 'a', body: '{ __typename }' };
  const apollo = (operations: unknown, more: object = {}) =>
    JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations, ...more });
  const NEITHER =
    /is neither a manifest of the format "apollo-persisted-query-manifest" nor one of texts by their IDs, as GraphQL Code Generator writes it$/;

  test.each<[string, RegExp]>([
    ['{', /is not JSON$/],
    ['', /is not JSON$/],
    ['null', NEITHER],
    ['"text"', NEITHER],
    ['[]', NEITHER],
    ['["{ __typename }"]', NEITHER],
    [JSON.stringify({ version: 1, operations: [listed] }), NEITHER],
    [JSON.stringify({ a: '{ __typename }', b: { body: '{ __typename }' } }), NEITHER],
    ['{}', /has no operations/],
    [apollo([listed], { version: 2 }), /is not a manifest of the format "apollo-.*-manifest", version 1$/],
    [apollo([listed], { format: 'other' }), /is not a manifest/],
    [apollo([]), /has no operations/],
    [apollo({}), /has no operations/],
    [apollo([null]), /an operation without id or body/],
    [apollo([{ id: 'a' }]), /an operation without id or body/],
    [apollo([listed, { id: 'a', body: '{ b }' }]), /two operations/],
  ])('with the content %s', (text, problem) => {
    writeFileSync(file, text);
    expect(() => readConfig({ TRUSTED_DOCUMENTS: file })).toThrow(
      expect.objectContaining({ problems: [expect.stringMatching(problem)] }),
    );
  });

  test('when the file does not exist', () => {
    expect(() => readConfig({ TRUSTED_DOCUMENTS: '/nowhere.json' })).toThrow(
      /TRUSTED_DOCUMENTS: cannot be read: ENOENT/,
    );
  });
});
