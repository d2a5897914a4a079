import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DEVELOPMENT_ORIGINS } from '../../src/config/config.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';

const STUDIO = 'https://studio.apollographql.com';

let development: RunningGateway;
let production: RunningGateway;
beforeAll(async () => {
  // No request in this file gets as far as LTS.
  development = await startGateway('http://127.0.0.1:9', {
    corsOrigins: [...DEVELOPMENT_ORIGINS, 'https://gateway.example.com'],
  });
  production = await startGateway('http://127.0.0.1:9', { production: true });
});
afterAll(async () => {
  await development.close();
  await production.close();
});

/** `fetch` would not send these headers as given. */
async function send(gateway: RunningGateway, method: string, headers: Record<string, string>, body = '') {
  const request = httpRequest(`${gateway.url}/graphql`, { method, headers });
  request.end(body);
  const [response] = await once(request, 'response');
  return { status: response.statusCode, headers: response.headers, text: await text(response) };
}

const preflight = (origin: string, more: Record<string, string> = {}) =>
  send(development, 'OPTIONS', { origin, 'access-control-request-method': 'POST', ...more });

const post = (gateway: RunningGateway, headers: Record<string, string>) =>
  send(gateway, 'POST', { 'content-type': 'application/json', ...headers }, '{"query":"{__typename}"}');

describe('in development, CORS', () => {
  test.each([
    STUDIO,
    'http://localhost',
    'http://localhost:3000',
    'https://localhost:5173',
    'http://127.0.0.1:65535',
    'http://[::1]:8080',
  ])('allows pages of %s', async (origin) => {
    const { status, headers } = await preflight(origin, {
      'access-control-request-headers': 'content-type,x-auth-token,x-of-sandbox',
    });
    expect(status).toBe(204);
    expect(headers['access-control-allow-origin']).toBe(origin);
    expect(headers['access-control-allow-headers']).toBe('content-type,x-auth-token,x-of-sandbox');
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    expect(headers.vary).toContain('Origin');
    const response = await post(development, { origin });
    expect(response.text).toContain('"__typename":"Query"');
    expect(response.headers['access-control-allow-origin']).toBe(origin);
  });

  test.each([
    'http://localhost.evil.example',
    'http://localhost.evil.example:4000',
    'http://evil.example',
    'http://evil-localhost:4000',
    'http://localhost@evil.example',
    'http://evil.example#localhost:3000',
    'http://127.0.0.1.evil.example',
    'http://127.0.0.2:4000',
    'http://127.1:4000',
    'http://2130706433:4000',
    'http://0.0.0.0:4000',
    'http://[::]:4000',
    'http://[::ffff:127.0.0.1]:4000',
    'http://localhost.:4000',
    'http://LOCALHOST:4000',
    'http://localhost:4000/',
    'http://localhost:*',
    'http://localhost:80',
    'ftp://localhost:4000',
    'file://',
    'null',
    'http://studio.apollographql.com',
    'https://studio.apollographql.com:444',
    'https://studio.apollographql.com.evil.example',
    'https://apollographql.com',
    '*',
    '',
  ])('does not allow pages of "%s"', async (origin) => {
    const asked = { 'access-control-request-private-network': 'true' };
    for (const { headers } of [await preflight(origin, asked), await post(development, { origin })]) {
      expect(headers['access-control-allow-origin']).toBeUndefined();
      expect(headers['access-control-allow-private-network']).toBeUndefined();
    }
  });

  test('allows a page on the internet to call this machine where Chrome asks for that', async () => {
    const asked = await preflight(STUDIO, { 'access-control-request-private-network': 'true' });
    const notAsked = await preflight(STUDIO);
    expect(asked.status).toBe(204);
    expect(asked.headers['access-control-allow-private-network']).toBe('true');
    expect(notAsked.headers['access-control-allow-private-network']).toBeUndefined();
  });
});

describe('a request to the host', () => {
  test.each([
    'evil.example',
    'evil.example:4000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'localhost.',
  ])(
    '%s is refused in development, because a page can come from there by DNS rebinding, but not in production',
    async (host) => {
      const refused = await post(development, { host, origin: `http://${host}` });
      expect(refused.status).toBe(403);
      expect(JSON.parse(refused.text).errors[0]).toMatchObject({
        message: expect.stringContaining('Name the origin in CORS_ORIGINS'),
        extensions: { code: 'BAD_REQUEST' },
      });
      expect((await post(production, { host })).status).toBe(200);
    },
  );

  test.each([
    'localhost:4000',
    'app.localhost:4000',
    '127.0.0.1',
    '192.168.1.7:4000',
    '[::1]:4000',
    'gateway:4000',
    'gateway.test',
    'host.docker.internal:4000',
    'laptop.local',
    'gateway.example.com',
  ])('%s is answered in development', async (host) => {
    expect((await post(development, { host })).status).toBe(200);
  });
});
