import { PassThrough } from 'node:stream';
import { afterEach, expect, test } from '@jest/globals';
import { readConfig } from '../src/config.ts';
import { LTS_ENDPOINTS } from '../src/lts/regions.ts';
import { type Running, run } from '../src/run.ts';

let running: Running | undefined;
afterEach(() => running?.drain(0));

async function runWith(env: Record<string, string>): Promise<{ text(): string; url: string }> {
  const out = new PassThrough();
  let text = '';
  out.on('data', (chunk) => (text += chunk));
  running = await run(readConfig({ PORT: '0', ...env }, LTS_ENDPOINTS), out);
  return { text: () => text, url: running.url };
}

test('run starts an embedded LTS and says so when no upstream is set', async () => {
  const { text, url } = await runWith({});
  expect(text()).toContain(`open ${url}/graphql in a browser`);
  expect(text()).toContain('embedded LTS');
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
});

test('run logs the upstream that is set', async () => {
  const { text } = await runWith({ LTS_REGION: 'eu-west-101', NODE_ENV: 'production', HOST: '127.0.0.1' });
  expect(JSON.parse(text()).msg).toMatch(
    /^LTS gateway at .*, LTS at https:\/\/lts\.eu-west-101\.myhuaweicloud\.eu$/,
  );
});
