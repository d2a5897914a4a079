import { afterAll, expect, test } from '@jest/globals';
import { killProcesses, startProcess } from '../support/process.ts';

afterAll(killProcesses);

test('the built files of the explorer have the type that their use needs, the strictest policy, and an ETag', async () => {
  const { url } = await startProcess({ EXPLORER: 'graphiql' });
  const page = await (await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } })).text();
  const paths = [...page.matchAll(/(?:src|href)="(explorer\/[^"]+)"/g)].map(([, path]) => path ?? '');
  const workers = ['editorWorkerService', 'json', 'graphql'].map((label) => `explorer/${label}.worker.js`);
  expect(paths).toHaveLength(5);
  const check = async (path: string) => {
    const response = await fetch(`${url}/${path}`);
    expect([path, response.status]).toEqual([path, 200]);
    const type = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' }[
      path.split('.').pop() ?? ''
    ];
    expect(response.headers.get('content-type')).toContain(type);
    expect(response.headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
    expect((await response.text()).length).toBeGreaterThan(100);
    const etag = response.headers.get('etag') ?? '';
    expect((await fetch(`${url}/${path}`, { headers: { 'if-none-match': etag } })).status).toBe(304);
  };
  await Promise.all([...paths, ...workers].map(check));
});
