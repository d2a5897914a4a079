import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

let gateway: RunningGateway;
let limited: RunningGateway;
let close: () => Promise<void>;
beforeAll(async () => {
  const scripted = await startScriptedServer();
  gateway = await startGateway(scripted.url);
  limited = await startGateway(scripted.url, { rateLimit: 1 });
  close = scripted.close;
});
afterAll(async () => {
  await gateway.close();
  await limited.close();
  await close();
});

const body = '{"query":"{__typename}"}';
const json = { 'content-type': 'application/json' };
const REFUSALS: [string, number, () => string, string, RequestInit][] = [
  ['an unknown path', 404, () => gateway.url, '/nothing', {}],
  ['another method', 405, () => gateway.url, '/graphql', { method: 'PUT', headers: json, body }],
  [
    'a large body',
    413,
    () => gateway.url,
    '/graphql',
    { method: 'POST', headers: json, body: 'x'.repeat(200_000) },
  ],
  [
    'another content type',
    415,
    () => gateway.url,
    '/graphql',
    { method: 'POST', headers: { 'content-type': 'text/xml' }, body },
  ],
  ['no JSON', 400, () => gateway.url, '/graphql', { method: 'POST', headers: json, body: '{' }],
  [
    'no document',
    400,
    () => gateway.url,
    '/graphql',
    { method: 'POST', headers: json, body: '{"query":"{"}' },
  ],
  [
    'a large token',
    431,
    () => gateway.url,
    '/graphql',
    { method: 'POST', headers: { ...json, 'x-auth-token': 'x'.repeat(17_000) }, body },
  ],
  ['too many requests', 429, () => limited.url, '/graphql', { method: 'POST', headers: json, body }],
];

describe.each([
  ['application/graphql-response+json', 'application/graphql-response+json; charset=utf-8'],
  [
    'application/graphql-response+json, application/json;q=0.9',
    'application/graphql-response+json; charset=utf-8',
  ],
  ['application/json, application/graphql-response+json;q=0.5', 'application/json; charset=utf-8'],
  ['*/*', 'application/json; charset=utf-8'],
])('with Accept: %s', (accept, type) => {
  test.each(REFUSALS)(
    'the response to %s has status %i and that media type',
    async (_what, status, url, path, init) => {
      const send = () => fetch(url() + path, { ...init, headers: { ...init.headers, accept } });
      if (status === 429) await send(); // the one that is allowed
      const response = await send();
      expect([response.status, response.headers.get('content-type')]).toEqual([status, type]);
      expect(await response.json()).toMatchObject({ errors: [{ message: expect.any(String) }] });
    },
  );
});

test.each(['DELETE', 'OPTIONS', 'PATCH', 'PUT'])('%s /graphql is answered 405 with Allow', async (method) => {
  const response = await fetch(`${gateway.url}/graphql`, { method });
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST']);
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'METHOD_NOT_ALLOWED' } }] });
});
