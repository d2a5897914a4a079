import { once } from 'node:events';
import { get as httpGet } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import Fastify from 'fastify';
import { registerErrorReplies } from '../../src/http/error-replies.ts';
import { useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const { gateway, lts } = useGatewayOnEmbeddedLts();

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${gateway.url}${path}`, { headers });

test('/livez answers 200 while the process runs, /readyz 503 when the gateway is not ready, and neither calls LTS', async () => {
  const probes = async () => [(await get('/livez')).status, (await get('/readyz')).status];
  expect(await probes()).toEqual([200, 200]);
  gateway.readiness.ready = false;
  expect(await probes()).toEqual([200, 503]);
  gateway.readiness.ready = true;
  expect(lts.calls.size).toBe(0);
});

test.each([
  ['used', 'abc-123_4.5', /^abc-123_4\.5$/],
  ['replaced', 'a b', /^[0-9a-f-]{36}$/],
  ['replaced', 'a;b', /^[0-9a-f-]{36}$/],
  ['replaced', 'x'.repeat(65), /^[0-9a-f-]{36}$/],
  ['replaced', '<script>', /^[0-9a-f-]{36}$/],
])('the request ID of the caller is %s when it is "%s"', async (_what, given, expected) => {
  const { headers } = await get('/livez', { 'x-request-id': given });
  expect(headers.get('x-request-id')).toMatch(expected);
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

test('a request with more than 100 headers is refused: Node.js would leave out the last ones in silence', async () => {
  const sendWith = async (count: number) => {
    const many = Array.from({ length: count }, (_, index) => [`x-${index}`, 'a']);
    const headers = { ...Object.fromEntries(many), 'x-forwarded-for': '10.0.0.1' };
    const [response] = await once(httpGet(`${gateway.url}/livez`, { headers, agent: false }), 'response');
    return { status: response.statusCode, body: await text(response) };
  };
  const ownHeaders = 3; // Host and Connection, of the client, and X-Forwarded-For
  expect((await sendWith(100 - ownHeaders)).status).toBe(200);
  const refused = await sendWith(150);
  expect(refused.status).toBe(431);
  expect(JSON.parse(refused.body).errors[0]).toMatchObject({
    // Node.js 24 refuses them before the gateway sees the request, as headers that are too large.
    message: expect.stringMatching(/at most 100/i),
    extensions: { code: 'LIMIT_EXCEEDED' },
  });
});
