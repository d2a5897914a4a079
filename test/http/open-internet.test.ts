import { describe, expect, test } from '@jest/globals';
import { useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const PAGE = 'https://app.example.com';

const { gateway, lts } = useGatewayOnEmbeddedLts({
  production: true,
  introspection: false,
  explorer: 'off',
  corsOrigins: [PAGE],
});

const call = (init: RequestInit & { path?: string }) =>
  fetch(`${gateway.url}/graphql${init.path ?? ''}`, init);
const post = (body: unknown, headers: Record<string, string> = {}) =>
  call({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

describe('a gateway in production passes the check of graphql-cop for', () => {
  const fields = 'fields { type { fields { type { fields { type { fields { name } } } } } } }';
  const aliases = Array.from({ length: 101 }, (_, index) => `alias${index}:__typename`).join(' ');
  test.each([
    ['alias overloading', aliases, 'LIMIT_EXCEEDED'],
    ['circular query via introspection', `__schema { types { ${fields} } }`, 'GRAPHQL_VALIDATION_FAILED'],
    ['directive overloading', `__typename ${'@aa'.repeat(60)}`, 'LIMIT_EXCEEDED'],
    ['field duplication', '__typename \n'.repeat(500), 'LIMIT_EXCEEDED'],
    ['introspection', '__schema { types { name fields { name } } }', 'GRAPHQL_VALIDATION_FAILED'],
  ])('%s', async (_check, selection, code) => {
    const { status, data, errors } = await gateway.send(`query cop { ${selection} }`);
    expect([status, data]).toEqual([400, undefined]);
    expect(errors).toContainEqual(expect.objectContaining({ extensions: expect.objectContaining({ code }) }));
    expect(errors.length).toBeLessThanOrEqual(62);
  });

  test('array-based query batching', async () => {
    expect((await post(Array(10).fill({ query: 'query cop { __typename }' }))).status).toBe(400);
  });

  test('field suggestions', async () => {
    const { text } = await gateway.send('query cop { logGroup { id } logGroop(projectId: "p") { id } }');
    expect(text).not.toMatch(/did you mean/i);
  });

  test('mutation over GET', async () => {
    const query = 'mutation { deleteLogGroup(projectId: "p", groupId: "g") { __typename } }';
    const path = `?query=${encodeURIComponent(query)}`;
    const response = await call({ path, headers: { 'apollo-require-preflight': '1' } });
    expect(response.status).toBe(405);
    expect(lts.calls.get('DeleteLogGroup')).toBeUndefined();
  });

  test('query over GET without a preflight header', async () => {
    const response = await call({ path: '?query=query%20cop%20%7B__typename%7D' });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('CSRF');
  });

  test('GraphiQL or any other page', async () => {
    const page = await (await call({ headers: { accept: 'text/html' } })).text();
    expect(page).not.toMatch(/graphiql|playground|sandbox|<html/i);
  });

  test('POST as a form', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await post('query=query%20cop%20%7B__typename%7D', headers)).status).toBe(415);
  });

  test('trace mode', async () => {
    const headers = { 'apollo-federation-include-trace': 'ftv1' };
    const { text } = await gateway.send('query cop { __typename }', {}, headers);
    expect(text).not.toMatch(/ftv1|tracing/);
  });

  test('unhandled errors', async () => {
    const { text } = await gateway.send('qwerty cop { abc }');
    expect(text).not.toMatch(/exception|stacktrace|node_modules/i);
  });
});

describe('CORS', () => {
  const preflight = (origin: string) =>
    call({
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-auth-token',
        'access-control-request-private-network': 'true',
      },
    });

  test('allows the configured origins and the headers that an app needs', async () => {
    const { headers } = await preflight(PAGE);
    expect(headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(headers.get('access-control-allow-private-network')).toBeNull();
    expect(headers.get('access-control-allow-headers')?.toLowerCase().split(', ')).toEqual(
      expect.arrayContaining(['x-auth-token', 'accept-language', 'apollographql-client-name', 'traceparent']),
    );
    const answer = await post({ query: '{ __typename }' }, { origin: PAGE });
    expect(answer.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(answer.headers.get('access-control-expose-headers')).toContain('X-Request-Id');
  });

  test.each(['https://evil.example.com', 'https://studio.apollographql.com', 'http://localhost:3000'])(
    'does not allow %s',
    async (origin) => {
      const { headers } = await preflight(origin);
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('access-control-allow-private-network')).toBeNull();
    },
  );
});

test('a refusal and a preflight have the security headers for browsers', async () => {
  for (const response of [
    await call({ path: '/nope' }),
    await post('{'),
    await fetch(`${gateway.url}/%zz`),
    await call({ method: 'OPTIONS', headers: { origin: PAGE, 'access-control-request-method': 'POST' } }),
  ]) {
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-request-id': expect.any(String),
    });
  }
});

test.each(['{ __typename }', '{ nope }', '{ logGroups(projectId: "p") { id } }'])(
  'no cache keeps the response to %s',
  async (query) => {
    expect((await post({ query })).headers.get('cache-control')).toBe('no-store');
  },
);
