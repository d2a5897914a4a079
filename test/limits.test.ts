import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LIMITS } from '../src/graphql/limits.ts';
import { type RunningGateway, startGateway } from './support/gateway.ts';
import { replyWith, type ScriptedServer, startScriptedServer } from './support/scripted-server.ts';

let scripted: ScriptedServer;
let gateway: RunningGateway;
beforeAll(async () => {
  scripted = await startScriptedServer();
  scripted.answer = replyWith(200, { log_groups: [], log_streams: [] });
  gateway = await startGateway(scripted.url);
});
afterAll(async () => {
  await gateway.close();
  await scripted.close();
});

const times = (n: number, text: (index: number) => string) =>
  Array.from({ length: n }, (_, index) => text(index)).join(' ');
/** A document of exactly so many lexical tokens. */
const ofTokens = (n: number) => `{ __typename ${times(n - 3, () => '__typename')} }`;
const nested = (levels: number): string =>
  `{ __type(name: "LogGroup") ${'{ ofType '.repeat(levels - 2)}{ name } ${'}'.repeat(levels - 2)} }`;

describe.each<[string, number, (n: number) => string, string]>([
  ['levels', LIMITS.depth, nested, 'levels deep'],
  ['aliases', LIMITS.aliases, (n) => `{ __schema { ${times(n, (i) => `a${i}: description`)} } }`, 'aliases'],
  [
    'root fields',
    LIMITS.rootFields,
    (n) => `{ ${times(n, () => 'logGroups(projectId: "p") { id }')} }`,
    'root fields',
  ],
  [
    'root fields in fragments',
    LIMITS.rootFields,
    (n) =>
      `{ ...F ... on Query { ...F } } fragment F on Query { ${times(Math.ceil(n / 2), () => '__typename')} }`,
    'root fields',
  ],
  [
    'directives',
    LIMITS.directives,
    (n) => `{ __typename ${times(n, () => '@include(if: true)')} }`,
    'directives',
  ],
])('%s: %i', (_what, n, document, words) => {
  test('are let through', async () => {
    const { errors } = await gateway.send(document(n));
    // Some are refused for another reason, being repeated; not for their number.
    for (const error of errors ?? []) expect(error.extensions.code).not.toBe('LIMIT_EXCEEDED');
  });

  test('one more is refused', async () => {
    const { status, errors } = await gateway.send(document(n + 1));
    expect(status).toBe(400);
    expect(errors).toContainEqual(
      expect.objectContaining({
        message: `The operation is too large: at most ${n} ${words}.`,
        extensions: expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
      }),
    );
  });
});

test('lexical tokens: as many as allowed, not one more', async () => {
  // The operation is one root field many times over, which GraphQL counts as many.
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

test('a body: as large as allowed, not one byte more', async () => {
  const send = (bytes: number) => {
    const body = JSON.stringify({ query: '{ __typename }', extensions: { pad: '' } });
    return fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: body.replace('"pad":""', `"pad":"${'x'.repeat(bytes - body.length)}"`),
    });
  };
  expect((await send(LIMITS.bodyBytes)).status).toBe(200);
  const refused = await send(LIMITS.bodyBytes + 1);
  expect(refused.status).toBe(413);
  expect(((await refused.json()) as any).errors[0]).toMatchObject({
    message: `The body is too large: at most ${LIMITS.bodyBytes} bytes.`,
    extensions: { code: 'LIMIT_EXCEEDED' },
  });
});

test('a token: as large as allowed, not one byte more', async () => {
  const query = '{ logGroups(projectId: "p") { id } }';
  const fits = await gateway.send(query, {}, { 'x-auth-token': 'T'.repeat(LIMITS.tokenBytes) });
  const refused = await gateway.send(query, {}, { 'x-auth-token': 'T'.repeat(LIMITS.tokenBytes + 1) });
  expect(fits).toMatchObject({ status: 200, data: { logGroups: [] } });
  expect(refused.status).toBe(431);
  expect(refused.errors[0].message).toBe(`The token is too large: at most ${LIMITS.tokenBytes} bytes.`);
});

test('headers over the limit are answered 431, what is no HTTP 400', async () => {
  const raw = (text: string) =>
    new Promise<string>((resolve) => {
      let answer = '';
      const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1', () => socket.write(text));
      socket.on('data', (chunk) => {
        answer += chunk;
      });
      socket.on('close', () => resolve(answer));
    });
  const withHeader = (bytes: number) =>
    raw(`GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Pad: ${'x'.repeat(bytes)}\r\n\r\n`);
  expect(await withHeader(LIMITS.headerBytes - 200)).toMatch(/^HTTP\/1\.1 200 /);
  const refused = await withHeader(LIMITS.headerBytes + 1);
  expect(refused).toMatch(/^HTTP\/1\.1 431 /);
  expect(refused).toContain(`The headers are too large: at most ${LIMITS.headerBytes} bytes.`);
  expect(await raw('nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
});

test('a fragment that contains itself is refused, not followed', async () => {
  const { status, errors } = await gateway.send('{ ...F } fragment F on Query { __typename ...F }');
  expect(status).toBe(400);
  expect(errors[0].message).toContain('Cannot spread fragment "F" within itself');
});

test('the introspection of Sandbox and other tools fits', async () => {
  const { getIntrospectionQuery } = await import('graphql');
  const { errors, data } = await gateway.send(getIntrospectionQuery());
  expect(errors).toBeUndefined();
  expect(data.__schema.types.length).toBeGreaterThan(10);
});
