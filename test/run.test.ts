import { PassThrough } from 'node:stream';
import { afterEach, expect, test } from '@jest/globals';
import { readConfig } from '../src/config/config.ts';
import { DEMO } from '../src/embedded-lts/store.ts';
import { LTS_ENDPOINTS } from '../src/lts/regions.ts';
import { type Running, run } from '../src/run.ts';
import { LOG_STREAMS } from './support/operations.ts';

let running: Running | undefined;
afterEach(() => running?.drain(0));

async function runWith(env: Record<string, string>): Promise<{ text(): string; url: string }> {
  const out = new PassThrough();
  let text = '';
  out.on('data', (chunk) => (text += chunk));
  running = await run(readConfig({ PORT: '0', ...env }, LTS_ENDPOINTS), out);
  return { text: () => text, url: running.url };
}

test.each([
  ['sandbox', 'in a browser for Apollo Sandbox, or for GraphiQL where Sandbox cannot be loaded.'],
  ['graphiql', 'in a browser for GraphiQL.'],
  ['off', 'LTS gateway: apps call http://127.0.0.1:'],
])('with EXPLORER=%s, run says "%s"', async (explorer, expected) => {
  expect((await runWith({ EXPLORER: explorer })).text()).toContain(expected);
});

test('run starts an embedded LTS and says so when no upstream is set', async () => {
  const { text, url } = await runWith({});
  expect(text()).toContain(`open ${url}/graphql in a browser`);
  expect(text()).toContain('embedded LTS');
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
});

test('run starts the edition of the embedded LTS that LTS_EDITION names', async () => {
  const { text, url } = await runWith({ LTS_EDITION: 'otc' });
  expect(text()).toMatch(/an embedded LTS \(http:\S+, edition otc\)/);
  const { projectId, groupId, token } = DEMO;
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-token': token },
    body: JSON.stringify({ query: LOG_STREAMS, variables: { projectId, groupId } }),
  });
  expect(await response.json()).toMatchObject({
    data: { logStreams: [{ name: 'access', ttlInDays: null }] },
  });
});

test('run logs the upstream that is set', async () => {
  const { text } = await runWith({ LTS_REGION: 'eu-west-101', NODE_ENV: 'production', HOST: '127.0.0.1' });
  expect(JSON.parse(text()).msg).toMatch(
    /^LTS gateway at .*, LTS at https:\/\/lts\.eu-west-101\.myhuaweicloud\.eu$/,
  );
});
