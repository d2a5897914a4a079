import { describe, expect, test } from '@jest/globals';
import { type Settings } from '../support/gateway.ts';
import { useGateways } from '../support/use-gateways.ts';

/** What Chrome sends when a person opens an address. */
const BROWSER = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
};
const CSP = 'content-security-policy';
const STRICTEST = "default-src 'none';frame-ancestors 'none'";

const startGateway = useGateways();

/** No request in this file gets as far as LTS. */
const start = async (settings: Settings) => (await startGateway('http://127.0.0.1:9', settings)).url;

const open = (url: string, headers: Record<string, string> = BROWSER) =>
  fetch(url, { headers, redirect: 'manual' });

describe('a browser at /graphql gets', () => {
  test.each([
    ['sandbox', 'sandbox-page.js', "script-src 'self' https://embeddable-sandbox.cdn.apollographql.com"],
    ['graphiql', 'graphiql-page.js', "script-src 'self'"],
  ] as const)('the page of EXPLORER=%s, with the example operations', async (explorer, script, policy) => {
    const response = await open(`${await start({ explorer })}/graphql`);
    const page = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('vary')).toContain('Accept');
    expect(page).toContain('<title>LTS gateway</title>');
    expect(page).toContain(`src="explorer/${script}"`);
    expect(page).toMatch(/CreateLogStream.*my-second-log-stream.*X-Auth-Token/);
    const directives = response.headers.get(CSP)?.split('; ');
    expect(directives).toContain("default-src 'none'");
    expect(directives).toContain("frame-ancestors 'none'");
    expect(directives).toContain(policy);
  });

  test('a text instead of a page with EXPLORER=off, with 400 as for every GET without an operation', async () => {
    const response = await open(`${await start({ explorer: 'off', production: true })}/graphql`);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get(CSP)).toBe(STRICTEST);
    expect(await response.text()).toMatch(/^LTS gateway\n\nThis is a GraphQL API for Huawei Cloud/);
  });

  test('the page without a slash at the end, so that its relative addresses are right', async () => {
    const url = await start({ explorer: 'sandbox' });
    for (const path of ['/graphql', '/graphiql']) {
      const response = await open(`${url}${path}/?a=b`);
      expect([response.status, response.headers.get('location')]).toEqual([302, `..${path}`]);
    }
  });
});

test.each(['sandbox', 'graphiql', 'off'] as const)(
  'a script that accepts HTML gets the result of its query with EXPLORER=%s',
  async (explorer) => {
    const url = `${await start({ explorer })}/graphql?query=%7B__typename%7D`;
    for (const headers of [{ 'apollo-require-preflight': '1' }, { 'content-type': 'application/json' }]) {
      const response = await open(url, { ...BROWSER, ...headers });
      expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
    }
    expect((await open(url, { accept: '*/*' })).status).toBe(400);
  },
);

test('a browser at / is sent to /graphql, and nobody else is', async () => {
  const url = await start({ explorer: 'off' });
  const browser = await open(url);
  const script = await open(url, { accept: '*/*' });
  const post = await fetch(url, { method: 'POST', headers: BROWSER });
  expect([browser.status, browser.headers.get('location')]).toEqual([302, 'graphql']);
  expect([script.status, post.status]).toEqual([404, 404]);
});

test('the example in the page cannot end its script element', async () => {
  const { createExplorer } = await import('../../src/http/explorer.ts');
  const { default: Fastify } = await import('fastify');
  const app = Fastify();
  createExplorer('graphiql', { name: '</script><script>alert(1)</script>' }).registerPaths(app);
  const page = await (await open(`${await app.listen({ port: 0 })}/graphiql`)).text();
  await app.close();
  expect(page).not.toContain('alert(1)</script>');
  expect(page).toContain('{"name":"\\u003c/script>\\u003cscript>alert(1)\\u003c/script>"}');
});

describe('the files of the pages', () => {
  test('are not served with EXPLORER=off', async () => {
    const url = await start({ explorer: 'off' });
    for (const path of ['/graphiql', '/explorer/pages.css'])
      expect((await open(url + path)).status).toBe(404);
  });

  test('count for the rate limit in production only', async () => {
    const settings = { explorer: 'sandbox', rateLimit: 2, rateLimitAddress: 2 } as const;
    const statuses = async (production: boolean) => {
      const url = await start({ ...settings, production });
      const paths = ['/graphql', '/explorer/pages.css', '/explorer/sandbox-page.js', '/graphiql'];
      const responses = [];
      for (const path of paths) responses.push((await open(url + path)).status);
      return responses;
    };
    expect(await statuses(false)).toEqual([200, 200, 200, 200]);
    expect(await statuses(true)).toEqual([200, 200, 429, 429]);
  });
});
