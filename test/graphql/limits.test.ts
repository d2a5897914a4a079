import { beforeEach, describe, expect, test } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { LIMITS } from '../../src/limits.ts';
import { listing, replyWith } from '../support/scripted-server.ts';
import { useGateway } from '../support/use-gateways.ts';

const { gateway, scripted } = useGateway();
beforeEach(() => {
  scripted.answer = replyWith(200, listing());
});

const times = (n: number, text: (index: number) => string) =>
  Array.from({ length: n }, (_, index) => text(index)).join(' ');
const list = (n: number, item: (index: number) => unknown) => Array.from({ length: n }, (_, i) => item(i));
const nested = (levels: number): string =>
  `{ __type(name: "LogGroup") ${'{ ofType '.repeat(levels - 2)}{ name } ${'}'.repeat(levels - 2)} }`;

describe.each<[string, number, (n: number) => string, string?]>([
  ['lexical tokens', LIMITS.documentTokens, (n) => `{ a(x: [${times(n - 9, () => 'null')}]) }`],
  ['levels deep', LIMITS.depth, nested],
  ['aliases', LIMITS.aliases, (n) => `{ __schema { ${times(n, (i) => `a${i}: description`)} } }`],
  ['root fields', LIMITS.rootFields, (n) => `{ ${times(n, () => 'logGroups(projectId: "p") { id }')} }`],
  ['root fields in fragments', LIMITS.rootFields, ofRootFieldsInFragments, 'root fields'],
  ['directives', LIMITS.directives, (n) => `{ __typename ${times(n, () => '@include(if: true)')} }`],
  [
    'fields that are selected again in the same place',
    LIMITS.repeatedFields,
    (n) => `{ __schema { ${times(n + 1, () => 'description')} } }`,
  ],
  ['fields and fragments', LIMITS.selections, ofSelections],
  ['characters in a name', LIMITS.nameCharacters, (n) => `query ${'x'.repeat(n)} { __typename }`],
  [
    'characters of values in the document',
    LIMITS.valueCharacters,
    (n) => `{ __type(name: "${'x'.repeat(n)}") { name } }`,
    'characters of values in the document; send more as variables',
  ],
])('a document at the limit of %s (%i)', (what, limit, document, words = what) => {
  test('is not refused for its size', async () => {
    const { errors } = await gateway.send(document(limit));
    // Some are invalid for another reason.
    for (const error of errors ?? []) expect(error.extensions.code).not.toBe('LIMIT_EXCEEDED');
  });

  test('is refused with one more', async () => {
    const { status, errors } = await gateway.send(document(limit + 1));
    expect(status).toBe(400);
    const message = `The operation is too large: at most ${limit} ${words}.`;
    const texts = { localizedMessage: expect.any(String), requestId: expect.any(String) };
    expect(errors).toContainEqual(
      expect.objectContaining({ message, extensions: { code: 'LIMIT_EXCEEDED', limit, ...texts } }),
    );
  });
});

function ofRootFieldsInFragments(n: number): string {
  const half = times(Math.ceil(n / 2), () => '__typename');
  return `{ ...F ... on Query { ...F } } fragment F on Query { ${half} }`;
}

/** A document of exactly `n` fields and fragments, without repetition. Its fields do not exist. */
function ofSelections(n: number): string {
  const fields = (name: string, count: number) => times(count, (index) => `${name}${index}`);
  const eachPlace = 1 + (1 + 45) + (1 + 44); // a field, and two fragments with their fields
  const places = Math.floor((n - 1) / eachPlace);
  return `{ __schema { ${times(places, (i) => `p${i} { ...G ...H }`)} ${fields('f', n - 1 - places * eachPlace)} } }
    fragment G on X { ${fields('g', 45)} } fragment H on X { ${fields('h', 44)} }`;
}

describe('fields and fragments, counted wherever a fragment is spread,', () => {
  test('are counted in each of two fragments of the same name', async () => {
    const tags = times(LIMITS.repeatedFields + 2, () => 'tags { key }');
    const { errors } = await gateway.send(
      `{ __typename } fragment F on LogGroup { ${tags} } fragment F on LogGroup { __typename }`,
    );
    expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }]);
  });

  test.each([
    ['an unknown fragment', '...X'],
    ['the first fragment', '...F0'],
    ['a field', '__typename'],
  ])(
    'are refused when 24 fragments each spread the next one twice and the last selects %s',
    async (_what, last) => {
      const doubling = times(24, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`);
      const document = `{ ...F0 } ${doubling} fragment F24 on Query { ${last} }`;
      const byPost = await gateway.send(document);
      expect(byPost.errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }]);
      const byGet = await fetch(`${gateway.url}/graphql?query=${encodeURIComponent(document)}`, {
        headers: { 'apollo-require-preflight': '1' },
      });
      expect(byGet.status).toBe(400);
    },
  );
});

describe('variables', () => {
  const create = (i: number) => `m${i}: createLogStream(projectId: "p", groupId: "g", input: $input) {
    ... on LtsError { code message inputErrors { path message } }
  }`;
  const CREATE = `mutation ($input: CreateLogStreamInput!) { ${times(LIMITS.rootFields, create)} }`;
  const send = (tags: unknown[]) => gateway.send(CREATE, { input: { name: 'a', tags } });

  test('with a list at the limit are validated, and with one more item refused without validation', async () => {
    const fits = await send(list(LIMITS.listItems, (i) => ({ key: `k${i}` })));
    expect(fits.data.m0.inputErrors).toMatchObject([{ path: ['input', 'tags'] }]);
    const { status, errors } = await send(list(LIMITS.listItems + 1, () => 7));
    expect(status).toBe(400);
    expect(errors).toMatchObject([
      {
        message: `The operation is too large: at most ${LIMITS.listItems} items in the list input.tags.`,
        extensions: { code: 'LIMIT_EXCEEDED', limit: LIMITS.listItems },
      },
    ]);
  });

  test.each([
    ['items of the wrong type', { name: 'a', tags: list(LIMITS.listItems, () => 7) }],
    ['unknown fields', Object.fromEntries(list(9_000, (i) => [`u${i}`, 1]) as [string, number][])],
  ])('with many %s are reported up to LIMITS.problems', async (_what, input) => {
    const { status, errors } = await gateway.send(CREATE, { input });
    expect(status).toBe(400);
    expect(errors).toHaveLength(1);
    expect(errors[0].extensions.inputErrors).toHaveLength(LIMITS.problems);
    expect(errors[0].message.length).toBeLessThan(600);
  });

  test('that break rules are reported up to LIMITS.problems for one response, and the rest is counted', async () => {
    const { data } = await send(list(20, (i) => ({ key: `${i}?`, value: `${i}?` })));
    const reported = Object.values<any>(data).map(({ inputErrors }) => inputErrors.length);
    expect(reported).toEqual([40, 10, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(data.m0.message).toBe('Some values are not valid.');
    expect(data.m1.message).toBe('Some values are not valid. 10 of 40 problems are listed.');
    expect(data.m9.code).toBe('GATEWAY.INVALID_INPUT');
  });
});

test('errors of a document are limited in number and length', async () => {
  const long = 'x'.repeat(LIMITS.nameCharacters);
  const { errors, text } = await gateway.send(
    `query ${long} { __typename @include(if: $a) ${times(49, (i) => `@include(if: $a${i})`)} }`,
  );
  expect(errors).toHaveLength(LIMITS.problems);
  expect(text.length).toBeLessThan(200_000);
  const response = await gateway.post({ query: 'query A { __typename }', operationName: 'x'.repeat(90_000) });
  expect((await response.text()).length).toBeLessThan(1_000);
});

test('a fragment that spreads itself is refused', async () => {
  const { status, errors } = await gateway.send('{ ...F } fragment F on Query { __typename ...F }');
  expect(status).toBe(400);
  expect(errors[0].message).toContain('Cannot spread fragment "F" within itself');
});

test('the introspection query of GraphQL tools is within the limits', async () => {
  const data = await gateway.resultOf(getIntrospectionQuery());
  expect(data.types.length).toBeGreaterThan(10);
});

const QUERY = '{ logGroups(projectId: "p") { id } }';
const postWith = (headers: Record<string, string>) =>
  gateway.post({ query: QUERY }, { 'x-auth-token': 'T', ...headers });
const postBytes = (bytes: number) => {
  const body = JSON.stringify({ query: QUERY });
  return gateway.post(body.padEnd(bytes), { 'x-auth-token': 'T' });
};

test.each<[string, number, number, string, (n: number) => Promise<Response>]>([
  ['body', 413, LIMITS.bodyBytes, 'bytes', postBytes],
  ['token', 431, LIMITS.tokenBytes, 'bytes', (n) => postWith({ 'x-auth-token': 'T'.repeat(n) })],
  [
    'Accept header',
    431,
    LIMITS.acceptCharacters,
    'characters',
    (n) => postWith({ accept: '*/*,'.padEnd(n, 'a/b,') }),
  ],
])(
  'the %s is accepted up to the limit, and refused with %i beyond',
  async (what, status, limit, unit, send) => {
    const fits = await send(limit);
    expect([fits.status, await fits.json()]).toEqual([200, { data: { logGroups: [] } }]);
    const refused = await send(limit + 1);
    expect(refused.status).toBe(status);
    const message = `The ${what} is too large: at most ${limit} ${unit}.`;
    expect(await refused.json()).toMatchObject({
      errors: [{ message, extensions: { code: 'LIMIT_EXCEEDED' } }],
    });
  },
);

test('headers beyond the limit are refused with 431', async () => {
  expect((await postWith({ 'x-pad': 'x'.repeat(LIMITS.headerBytes - 400) })).status).toBe(200);
  const refused = await postWith({ 'x-pad': 'x'.repeat(LIMITS.headerBytes + 1) });
  expect(refused.status).toBe(431);
  expect(await refused.text()).toContain(`The headers are too large: at most ${LIMITS.headerBytes} bytes.`);
});
