import { get as httpGet } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import Fastify from 'fastify';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { registerErrorReplies } from '../../src/http/error-replies.ts';
import { LOG_GROUPS } from '../support/operations.ts';
import { until } from '../support/until.ts';
import { useGatewayOnEmbeddedLts, useGateways } from '../support/use-gateways.ts';

const { gateway } = useGatewayOnEmbeddedLts({ explorer: 'sandbox' });
const startGateway = useGateways();

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${gateway.url}${path}`, { headers });

describe('the probe', () => {
  test('/livez answers 200 while the process runs, and /readyz 503 when the gateway is not ready', async () => {
    const { readiness } = gateway;
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
    const { errors } = await gateway.send(LOG_GROUPS, { projectId: DEMO.projectId }, headers);
    expect(errors[0].extensions.requestId).toBe('find-me');
    await until(() => gateway.logged().includes('"reqId":"find-me"'));
  });
});

describe('the gateway answers with a GraphQL error', () => {
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
    const { status, errors } = await gateway.send('subscription { logGroups { id } }');
    expect(status).toBe(400);
    expect(errors[0]).toMatchObject({
      message: 'The schema has no subscriptions.',
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
    expect(gateway.logged()).not.toContain('the gateway itself failed');
  });
});

describe('a request with more than 100 headers', () => {
  const withHeaders = (count: number, headers: Record<string, string> = {}) => {
    const many = Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, 'a']));
    return rawRequest({ ...headers, ...many });
  };
  const rawRequest = (headers: Record<string, string>) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const call = httpGet(`${gateway.url}/livez`, { headers, agent: false }, async (response) => {
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
