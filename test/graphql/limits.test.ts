import { beforeEach, describe, expect, test } from '@jest/globals';
import { LIMITS } from '../../src/limits.ts';
import { listing, replyWith } from '../support/scripted-server.ts';
import { useGateway } from '../support/use-gateways.ts';

const { gateway, scripted } = useGateway();
beforeEach(() => {
  scripted.answer = replyWith(200, listing());
});

const times = (n: number, text: (index: number) => string) =>
  Array.from({ length: n }, (_, index) => text(index)).join(' ');
/** A document of exactly `n` lexical tokens. */
const ofTokens = (n: number) => `{ __typename ${times(n - 3, () => '__typename')} }`;
const nested = (levels: number): string =>
  `{ __type(name: "LogGroup") ${'{ ofType '.repeat(levels - 2)}{ name } ${'}'.repeat(levels - 2)} }`;

describe.each<[string, number, (n: number) => string, string?]>([
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
])('a document at the limit of %s (%i)', (what, n, document, words = what) => {
  test('is not refused for its size', async () => {
    const { errors } = await gateway.send(document(n));
    // Some are invalid for another reason.
    for (const error of errors ?? []) expect(error.extensions.code).not.toBe('LIMIT_EXCEEDED');
  });

  test('is refused with one more', async () => {
    const { status, errors } = await gateway.send(document(n + 1));
    expect(status).toBe(400);
    expect(errors).toContainEqual(
      expect.objectContaining({
        message: `The operation is too large: at most ${n} ${words}.`,
        extensions: {
          code: 'LIMIT_EXCEEDED',
          limit: n,
          localizedMessage: expect.any(String),
          requestId: expect.any(String),
        },
      }),
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
  const send = (tags: unknown) => gateway.send(CREATE, { input: { name: 'a', tags } });
  const list = (n: number, item: (index: number) => unknown) => Array.from({ length: n }, (_, i) => item(i));

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

  test('of the wrong type are reported up to LIMITS.problems', async () => {
    const { status, errors } = await send(list(LIMITS.listItems, () => 7));
    expect(status).toBe(400);
    expect(errors).toHaveLength(1);
    expect(errors[0].extensions.inputErrors).toHaveLength(LIMITS.problems);
    expect(errors[0].message.length).toBeLessThan(600);
  });

  test('with unknown fields are reported up to LIMITS.problems', async () => {
    const unknown = Object.fromEntries(list(9_000, (i) => [`u${i}`, 1]) as [string, number][]);
    const { errors } = await gateway.send(CREATE, { input: unknown });
    expect(errors[0].extensions.inputErrors).toHaveLength(LIMITS.problems);
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

test('a document is accepted up to the limit of lexical tokens and refused beyond', async () => {
  // The document repeats one root field, which exceeds another limit.
  const fits = await gateway.send(ofTokens(LIMITS.documentTokens));
  expect(JSON.stringify(fits.errors)).not.toContain('lexical tokens');
  const { status, errors } = await gateway.send(ofTokens(LIMITS.documentTokens + 1));
  expect(status).toBe(400);
  expect(errors).toMatchObject([
    {
      message: `The operation is too large: at most ${LIMITS.documentTokens} lexical tokens.`,
      extensions: { code: 'LIMIT_EXCEEDED' },
    },
  ]);
});

test('a body is accepted up to the limit of bytes and refused with 413 beyond', async () => {
  const send = (bytes: number) => {
    const body = JSON.stringify({ query: '{ __typename }', extensions: { pad: '' } });
    return gateway.post(body.replace('"pad":""', `"pad":"${'x'.repeat(bytes - body.length)}"`));
  };
  expect((await send(LIMITS.bodyBytes)).status).toBe(200);
  const refused = await send(LIMITS.bodyBytes + 1);
  expect(refused.status).toBe(413);
  expect(((await refused.json()) as any).errors[0]).toMatchObject({
    message: `The body is too large: at most ${LIMITS.bodyBytes} bytes.`,
    extensions: { code: 'LIMIT_EXCEEDED' },
  });
});

test('a token is accepted up to the limit of bytes and refused with 431 beyond', async () => {
  const query = '{ logGroups(projectId: "p") { id } }';
  const fits = await gateway.send(query, {}, { 'x-auth-token': 'T'.repeat(LIMITS.tokenBytes) });
  const refused = await gateway.send(query, {}, { 'x-auth-token': 'T'.repeat(LIMITS.tokenBytes + 1) });
  expect(fits).toMatchObject({ status: 200, data: { logGroups: [] } });
  expect(refused.status).toBe(431);
  expect(refused.errors[0].message).toBe(`The token is too large: at most ${LIMITS.tokenBytes} bytes.`);
});

test('headers beyond the limit are refused with 431', async () => {
  const send = (bytes: number) => fetch(`${gateway.url}/livez`, { headers: { 'x-pad': 'x'.repeat(bytes) } });
  expect((await send(LIMITS.headerBytes - 300)).status).toBe(200);
  const refused = await send(LIMITS.headerBytes + 1);
  expect(refused.status).toBe(431);
  expect(await refused.text()).toContain(`The headers are too large: at most ${LIMITS.headerBytes} bytes.`);
});

test('a fragment that spreads itself is refused', async () => {
  const { status, errors } = await gateway.send('{ ...F } fragment F on Query { __typename ...F }');
  expect(status).toBe(400);
  expect(errors[0].message).toContain('Cannot spread fragment "F" within itself');
});

test('the introspection query of GraphQL tools is within the limits', async () => {
  const { getIntrospectionQuery } = await import('graphql');
  const { errors, data } = await gateway.send(getIntrospectionQuery());
  expect(errors).toBeUndefined();
  expect(data.__schema.types.length).toBeGreaterThan(10);
});

test('an Accept header that would take long to parse is refused', async () => {
  const accept = 'a/b,'.repeat(1 + LIMITS.acceptCharacters / 4);
  const response = await gateway.post({ query: '{__typename}' }, { accept });
  expect(response.status).toBe(431);
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'LIMIT_EXCEEDED' } }] });
});
