import { get as httpGet } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import Fastify from 'fastify';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { registerErrorReplies } from '../../src/http/error-replies.ts';
import { startGateway, startGatewayOnEmbeddedLts } from '../support/gateway.ts';
import { LOG_GROUPS } from '../support/operations.ts';
import { until } from '../support/until.ts';

let running: Awaited<ReturnType<typeof startGatewayOnEmbeddedLts>>;

beforeAll(async () => {
  running = await startGatewayOnEmbeddedLts({ explorer: 'sandbox' });
});
afterAll(() => running.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${running.gateway.url}${path}`, { headers });

describe('the probe', () => {
  test('/livez answers 200 while the process runs, and /readyz 503 when the gateway is not ready', async () => {
    const { readiness } = running.gateway;
    expect((await get('/livez')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    readiness.ready = false;
    expect((await get('/livez')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(503);
    readiness.ready = true;
  });

  test('/readyz does not call LTS', async () => {
    const alone = await startGateway('http://127.0.0.1:1');
    expect((await fetch(`${alone.url}/readyz`)).status).toBe(200);
    await alone.close();
  });
});

describe('the request ID', () => {
  const idFor = async (given: string) =>
    (await get('/livez', { 'x-request-id': given })).headers.get('x-request-id');

  test('of the caller is used when it is well-formed', async () => {
    expect(await idFor('abc-123_4.5')).toBe('abc-123_4.5');
  });

  test.each(['a b', 'a;b', 'x'.repeat(65), '<script>'])(
    'of the caller is replaced when it is %j',
    async (given) => {
      expect(await idFor(given)).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  test('is in the error and the log line', async () => {
    const headers = { 'x-request-id': 'find-me', 'x-auth-token': 'expired' };
    const { errors } = await running.gateway.send(LOG_GROUPS, { projectId: DEMO.projectId }, headers);
    expect(errors[0].extensions.requestId).toBe('find-me');
    await until(() => running.gateway.logged().includes('"reqId":"find-me"'));
  });
});

test('each request writes one log line without its variables, and a probe writes none', async () => {
  const before = running.gateway.logged().length;
  await get('/livez'); // first, so that a line of it would be there by the end
  await running.gateway.send(LOG_GROUPS.replace('query', 'query Groups'), { projectId: DEMO.projectId });
  const url = `/graphql?query=${encodeURIComponent('query($s:ID!){logGroups(projectId:$s){id}}')}&variables=${encodeURIComponent('{"s":"s3cr3t"}')}`;
  await get(url, { 'x-auth-token': 'forbidden', 'apollo-require-preflight': '1' });
  await until(() => running.gateway.logged().slice(before).trim().split('\n').length >= 2);
  const lines = running.gateway
    .logged()
    .slice(before)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

  expect(lines).toMatchObject([
    {
      msg: 'request',
      method: 'POST',
      path: '/graphql',
      status: 200,
      operation: 'Groups',
      type: 'query',
      outcome: 'OK',
    },
    { msg: 'request', method: 'GET', path: '/graphql', status: 200, outcome: 'LTS.0001', kind: 'FORBIDDEN' },
  ]);
  expect(running.gateway.logged()).not.toContain('s3cr3t');
});

describe('the gateway answers with a GraphQL error', () => {
  test.each<[string, RequestInit, number, string]>([
    [
      '/graphql',
      { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } },
      400,
      'Invalid JSON: the body cannot be read.',
    ],
    [
      '/graphql',
      { method: 'POST', body: '', headers: { 'content-type': 'application/json' } },
      400,
      'The body is empty: send {"query": "…"} as JSON.',
    ],
    [
      '/graphql',
      { method: 'POST', body: 'a=b', headers: { 'content-type': 'text/csv' } },
      415,
      'Send the operation as application/json.',
    ],
    ['/grahpql', { method: 'POST' }, 404, 'Not found. GraphQL is at /graphql.'],
    ['/graphql/%ZZ', {}, 400, 'The request cannot be read.'],
  ])('to %s %j', async (path, init, status, message) => {
    const response = await fetch(`${running.gateway.url}${path}`, init);
    expect(response.status).toBe(status);
    expect(((await response.json()) as any).errors[0]).toMatchObject({
      message,
      extensions: { requestId: response.headers.get('x-request-id') },
    });
  });

  test('without the message of an unexpected exception', async () => {
    const app = Fastify();
    registerErrorReplies(app);
    app.get('/', () => {
      throw new Error('s3cr3t');
    });
    const response = await fetch(await app.listen({ port: 0 }));
    const body = await response.text();
    await app.close();
    expect(response.status).toBe(500);
    expect(JSON.parse(body).errors[0].message).toBe('Internal server error');
    expect(body).not.toContain('s3cr3t');
  });

  test('to a subscription, and does not log a bug', async () => {
    const { status, errors } = await running.gateway.send('subscription { logGroups { id } }');
    expect(status).toBe(400);
    expect(errors[0]).toMatchObject({
      message: 'The schema has no subscriptions.',
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
    expect(running.gateway.logged()).not.toContain('the gateway itself failed');
  });

  test('to malformed GraphQL, with 400 and GRAPHQL_PARSE_FAILED', async () => {
    const { status, errors } = await running.gateway.send('{ logGroups(');
    expect(status).toBe(400);
    expect(errors[0]).toMatchObject({
      extensions: { code: 'GRAPHQL_PARSE_FAILED', requestId: expect.any(String) },
    });
  });
});

test('introspection fails when it is off', async () => {
  const closed = await startGatewayOnEmbeddedLts({ introspection: false });
  const introspection = await closed.gateway.send('{ __schema { types { name } } }');
  await closed.close();
  expect(introspection.status).toBe(400);
  expect(introspection.errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
});

describe('a request with more than 100 headers', () => {
  const withHeaders = (count: number, headers: Record<string, string> = {}) => {
    const many = Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, 'a']));
    return rawRequest({ ...headers, ...many });
  };
  const rawRequest = (headers: Record<string, string>) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const call = httpGet(`${running.gateway.url}/livez`, { headers, agent: false }, async (response) => {
        let body = '';
        for await (const chunk of response) body += chunk;
        resolve({ status: response.statusCode ?? 0, body });
      });
      call.on('error', reject);
    });

  test('is refused: Node.js would leave out the last ones in silence', async () => {
    const ownHeaders = 2; // Host and Connection, of the client
    expect((await withHeaders(100 - ownHeaders)).status).toBe(200);
    const refused = await withHeaders(150, { 'x-forwarded-for': '10.0.0.1' });
    expect(refused.status).toBe(431);
    expect(JSON.parse(refused.body).errors[0]).toMatchObject({
      // Node.js 24 refuses them before the gateway sees the request, as headers that are too large.
      message: expect.stringMatching(/at most 100/i),
      extensions: { code: 'LIMIT_EXCEEDED' },
    });
  });
});
