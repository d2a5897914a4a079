import { PassThrough } from 'node:stream';
import { afterEach, expect, test } from '@jest/globals';
import { readConfig } from '../src/config/config.ts';
import { DEMO } from '../src/embedded-lts/store.ts';
import { type Running, run } from '../src/run.ts';
import { LOG_STREAMS } from './support/operations.ts';
import { post } from './support/process.ts';

let running: Running | undefined;
afterEach(() => running?.drain(0));

async function runWith(env: Record<string, string>): Promise<{ text(): string; url: string }> {
  const out = new PassThrough();
  let text = '';
  out.on('data', (chunk) => (text += chunk));
  running = await run(readConfig({ PORT: '0', ...env }), out);
  return { text: () => text, url: running.url };
}

test.each([
  ['sandbox', 'in a browser for Apollo Sandbox, or for GraphiQL where Sandbox cannot be loaded.'],
  ['graphiql', 'in a browser for GraphiQL.'],
  ['off', 'LTS gateway: apps call http://127.0.0.1:'],
])('with EXPLORER=%s, run says "%s"', async (explorer, expected) => {
  const text = (await runWith({ EXPLORER: explorer })).text();
  expect(text).toContain(expected);
  expect(text.includes('Sandbox')).toBe(explorer === 'sandbox');
});

test('with trusted documents, run offers neither Sandbox nor a command that would be refused', async () => {
  const text = (await runWith({ TRUSTED_DOCUMENTS: 'test/fixtures/persisted-query-manifest.json' })).text();
  expect(text).toContain('Only the operations in TRUSTED_DOCUMENTS run');
  expect(text).toContain(DEMO.projectId);
  expect(text).not.toMatch(/curl|Sandbox/);
});

test('run starts the edition of the embedded LTS that LTS_EDITION names', async () => {
  const { text, url } = await runWith({ LTS_EDITION: 'otc' });
  expect(text()).toMatch(/an embedded LTS \(http:\S+, edition otc\)/);
  const { projectId, groupId, token } = DEMO;
  const answer = await post(url, LOG_STREAMS, { projectId, groupId }, { 'x-auth-token': token });
  expect(answer.data.logStreams).toMatchObject([{ name: 'access', ttlInDays: null }]);
});

test('LOG_LEVEL_NUMBERS has levels in the log as numbers', async () => {
  const settings = { LTS_REGION: 'eu-west-101', NODE_ENV: 'production', HOST: '127.0.0.1' };
  const { text } = await runWith({ ...settings, LOG_LEVEL_NUMBERS: 'true' });
  expect(JSON.parse(text()).level).toBe(30);
});

test.each([
  ['http://lts.example.com', 1],
  ['http://10.0.0.1:8080', 1],
  ['http://127.0.0.1:8080', 0],
  ['http://localhost:8080', 0],
  ['http://[::1]:8080', 0],
  ['https://lts.example.com', 0],
])(
  'in production, run with LTS at %s logs %i warnings that tokens are not encrypted',
  async (endpoint, count) => {
    const { text } = await runWith({ LTS_ENDPOINT: endpoint, NODE_ENV: 'production', HOST: '127.0.0.1' });
    const warnings = text()
      .split('\n')
      .filter((line) => line.includes('"level":"warn"'));
    expect(warnings).toHaveLength(count);
    for (const line of warnings) expect(JSON.parse(line).msg).toContain('without encryption');
  },
);
