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

/** Written by `generate-persisted-query-manifest`. */
const MANIFEST = 'test/fixtures/persisted-query-manifest.json';
const manifest = JSON.parse(readFileSync(MANIFEST, 'utf8'));
const operation = (wanted: string) =>
  manifest.operations.find(({ name }: { name: string }) => name === wanted);
const CREATE = operation('CreateLogStream');

/** Sends a body that need not have a document. */
async function post(
  gateway: RunningGateway,
  body: object,
): Promise<{ status: number; data: any; errors: any }> {
  const response = await gateway.post(body, { 'x-auth-token': TOKEN });
  return { status: response.status, ...((await response.json()) as any) };
}
const codeOf = async (gateway: RunningGateway, body: object) =>
  (await post(gateway, body)).errors[0].extensions.code;

const byId = (sha256Hash: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash } } });
const { projectId, groupId } = DEMO;
const variables = (name: string) => ({ projectId, groupId, input: { name } });

describe('with trusted documents,', () => {
  const { gateway } = useGatewayOnEmbeddedLts({ trustedDocuments: readManifest(MANIFEST) });

  test('a listed operation runs by ID, by text and by both', async () => {
    const id = await post(gateway, { ...byId(CREATE.id), variables: variables('by-id') });
    const text = await post(gateway, { query: CREATE.body, variables: variables('by-text') });
    const both = await post(gateway, {
      query: CREATE.body,
      ...byId(CREATE.id),
      variables: variables('by-both'),
    });
    for (const { data } of [id, text, both]) expect(data.createLogStream.__typename).toBe('LogStreamCreated');
  });

  test.each([
    ['an operation that is not listed', '{ logGroups(projectId: "p") { id } }'],
    ['a listed operation with a changed text', `${CREATE.body} `],
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

  test('an ID that is not listed is not found and cannot be registered', async () => {
    const query = '{ __typename }';
    const id = createHash('sha256').update(query).digest('hex');
    expect(await codeOf(gateway, byId(id))).toBe('PERSISTED_QUERY_NOT_FOUND');
    expect(await codeOf(gateway, { query, ...byId(id) })).toBe('QUERY_NOT_IN_SAFELIST');
    expect(await codeOf(gateway, byId(id))).toBe('PERSISTED_QUERY_NOT_FOUND');
  });

  test('a GET by ID runs a query but not a mutation', async () => {
    const get = async ({ id }: { id: string }, values: object) => {
      const query = new URLSearchParams({
        extensions: JSON.stringify(byId(id).extensions),
        variables: JSON.stringify(values),
      });
      return fetch(`${gateway.url}/graphql?${query}`, {
        headers: { 'apollo-require-preflight': '1', 'x-auth-token': TOKEN },
      });
    };
    const { data } = (await (await get(operation('LogStreams'), { projectId, groupId })).json()) as any;
    expect(data.logStreams[0]).toMatchObject({ name: 'access' });
    expect((await get(CREATE, variables('by-get'))).status).toBe(405);
  });
});

describe('with the persisted-documents.json of GraphQL Code Generator,', () => {
  const idOf = (body: string) => createHash('sha1').update(body).digest('hex');

  const file = path.join(mkdtempSync(path.join(tmpdir(), 'documents-')), 'persisted-documents.json');
  writeFileSync(file, JSON.stringify({ [idOf(CREATE.body)]: CREATE.body }));
  const { gateway } = useGatewayOnEmbeddedLts({ trustedDocuments: readManifest(file) });

  test('an operation runs by its ID, which is a SHA-1, by its text and by both', async () => {
    const id = byId(idOf(CREATE.body));
    for (const sent of [id, { query: CREATE.body }, { query: CREATE.body, ...id }]) {
      const { data } = await post(gateway, {
        ...sent,
        variables: variables(`stream-${Object.keys(sent).join('-')}`),
      });
      expect(data.createLogStream.__typename).toBe('LogStreamCreated');
    }
  });

  test('nothing else runs', async () => {
    expect(await codeOf(gateway, { query: '{ __typename }' })).toBe('QUERY_NOT_IN_SAFELIST');
    expect(await codeOf(gateway, byId(CREATE.id))).toBe('PERSISTED_QUERY_NOT_FOUND');
  });
});

describe('without trusted documents, automatic persisted queries', () => {
  const { gateway } = useGatewayOnEmbeddedLts();

  const register = (query: string) => {
    const id = createHash('sha256').update(query).digest('hex');
    return { id, answer: post(gateway, { query, ...byId(id) }) };
  };

  test('are registered by hash and text, then run by hash', async () => {
    const { id, answer } = register('{ __typename }');
    expect((await answer).data).toEqual({ __typename: 'Query' });
    expect((await post(gateway, byId(id))).data).toEqual({ __typename: 'Query' });
    const wrong = await post(gateway, { query: '{ a: __typename }', ...byId(id) });
    expect(wrong.status).toBe(400);
    expect(wrong.errors[0].extensions.code).toBe('BAD_REQUEST');
    const noString = await post(gateway, {
      extensions: { persistedQuery: { version: 1, sha256Hash: { toString: 1 } } },
    });
    expect(noString.errors[0].extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND');
  });

  test('are removed when their texts exceed LIMITS.persistedQueriesBytes', async () => {
    const first = register('{ __typename }');
    await first.answer;
    const size = LIMITS.bodyBytes - 1_000;
    const many = Math.ceil(LIMITS.persistedQueriesBytes / size) + 1;
    for (let number = 0; number < many; number += 1) {
      await register(`{ __typename } #${number}${'x'.repeat(size)}`).answer;
    }
    expect(await codeOf(gateway, byId(first.id))).toBe('PERSISTED_QUERY_NOT_FOUND');
  });
});

describe('readConfig rejects TRUSTED_DOCUMENTS', () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'manifest-')), 'manifest.json');
  const format = 'apollo-persisted-query-manifest';
  const listed = { id: 'a', body: '{ __typename }' };
  const NEITHER =
    /is neither a manifest of the format "apollo-persisted-query-manifest" nor one of texts by their IDs, as GraphQL Code Generator writes it$/;

  test.each<[string, RegExp]>([
    ['{', /is not JSON$/],
    ['', /is not JSON$/],
    ...['null', '"text"', '[]', '["{ __typename }"]'].map((text) => [text, NEITHER] as [string, RegExp]),
    [JSON.stringify({ version: 1, operations: [listed] }), NEITHER],
    [JSON.stringify({ a: '{ __typename }', b: { body: '{ __typename }' } }), NEITHER],
    ['{}', /has no operations/],
    [
      JSON.stringify({ format, version: 2, operations: [listed] }),
      /is not a manifest of the format "apollo-persisted-query-manifest", version 1$/,
    ],
    [JSON.stringify({ format: 'other', version: 1, operations: [listed] }), /is not a manifest/],
    [JSON.stringify({ format, version: 1, operations: [] }), /has no operations/],
    [JSON.stringify({ format, version: 1, operations: {} }), /has no operations/],
    [JSON.stringify({ format, version: 1, operations: [null] }), /an operation without id or body/],
    [JSON.stringify({ format, version: 1, operations: [{ id: 'a' }] }), /an operation without id or body/],
    [
      JSON.stringify({ format, version: 1, operations: [listed, { id: 'a', body: '{ b }' }] }),
      /two operations/,
    ],
  ])('with the content %s', (text, message) => {
    writeFileSync(file, text);
    expect(() => readConfig({ TRUSTED_DOCUMENTS: file }, new Map())).toThrow(
      expect.objectContaining({ problems: [expect.stringMatching(message)] }),
    );
  });

  test('when the file does not exist', () => {
    expect(() => readConfig({ TRUSTED_DOCUMENTS: '/nowhere.json' }, new Map())).toThrow(
      /TRUSTED_DOCUMENTS: cannot be read: ENOENT/,
    );
  });
});
