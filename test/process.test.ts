import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { untilReusable } from './support/connection-silence.ts';
import { CREATE_LOG_STREAM, LOG_STREAMS } from './support/operations.ts';
import {
  killProcesses,
  post,
  runProcess,
  startInProduction,
  startProcess,
  untilClosed,
} from './support/process.ts';
import { holdReplies, listedGroup, listing, replyWith } from './support/scripted-server.ts';
import { until } from './support/until.ts';
import { useScriptedServer } from './support/use-gateways.ts';

const VARIABLES = { projectId: 'p', groupId: 'g', input: { name: 'a' } };
const lts = useScriptedServer('each');
afterEach(killProcesses);

/** The command that is printed at the start. */
const curlIn = (output: string) =>
  output
    .split('\n')
    .find((line) => line.trim().startsWith('curl '))
    ?.trim() ?? '';
const runInShell = async (command: string) =>
  JSON.parse((await promisify(execFile)('sh', ['-c', command])).stdout);

describe('in development,', () => {
  test('the printed curl command creates a log stream the first time only', async () => {
    const { child, output, exited } = await startProcess({});
    await until(() => output().includes("}'"));
    expect(output()).toContain('pages on localhost (any port) and https://studio.apollographql.com may call');
    const line = curlIn(output());
    const first = await runInShell(`${line} -s`);
    const second = await runInShell(`${line} -s`);
    expect(first.data.createLogStream.__typename).toBe('LogStreamCreated');
    expect(second.data.createLogStream).toMatchObject({ kind: 'ALREADY_EXISTS', code: 'LTS.0205' });
    await until(() => output().match(/INFO: request/g)?.length === 2);
    child.kill('SIGINT');
    expect(await exited).toBe(0);
  });

  test('the start fails and names the port when it is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const { code, output } = await runProcess({ PORT: String(port) });
    other.close();
    expect(code).toBe(1);
    expect(output).toContain(
      `address already in use 127.0.0.1:${port}. Set PORT or ADMIN_PORT to a free one.`,
    );
    expect(output).not.toContain(' at ');
  });
});

describe('in production,', () => {
  const production = { NODE_ENV: 'production', HOST: '127.0.0.1' };

  test('the start is logged once, with HOST, when it is every address of the machine', async () => {
    const { url, output } = await startProcess({
      ...production,
      HOST: '0.0.0.0',
      LTS_REGION: 'eu-west-101',
    });
    await until(async () => (await fetch(`${url}/readyz`)).status === 200);
    await fetch(`${url}/graphql`);
    await until(() => output().includes('"msg":"request"'));
    const lines = output().trim().split('\n');
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ version, node: process.version });
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
      `LTS gateway at http://0.0.0.0:${new URL(url).port}/graphql, LTS at https://lts.eu-west-101.myhuaweicloud.eu`,
      'request',
    ]);
  });

  test('the start fails without an upstream and reports every invalid setting', async () => {
    const { code, output } = await runProcess({ NODE_ENV: 'production', PORT: 'x', LTS_TIMEOUT_MS: '1' });
    expect(code).toBe(1);
    expect(output.split('\n')).toEqual([
      'Invalid settings:',
      expect.stringMatching(/^ {2}PORT: /),
      expect.stringMatching(/^ {2}LTS_TIMEOUT_MS: /),
      expect.stringMatching(/^ {2}LTS_ENDPOINT: production needs an upstream/),
      '',
    ]);
  });
});

test('queries reuse connections to LTS without a warning of too many listeners', async () => {
  lts.answer = replyWith(200, listing());
  const { url, output } = await startProcess({ LTS_ENDPOINT: lts.url });
  for (let time = 0; time < 24; time += 1) {
    await post(url, LOG_STREAMS, { projectId: 'p', groupId: 'g' });
    await untilReusable();
  }
  await until(() => output().match(/INFO: request/g)?.length === 24);
  expect(lts.connections()).toBeLessThanOrEqual(2); // Node.js warns of the 11th listener
  expect(output()).not.toContain('Warning');
});

test('many calls to LTS at once for one query make Node.js warn of nothing', async () => {
  const groups = Array.from({ length: 8 }, (_, index) => listedGroup({ log_group_id: `g${index}` }));
  lts.answer = replyWith(200, listing(groups, [{ log_stream_id: 's', log_stream_name: 's' }]));
  const { url, output } = await startProcess({ LTS_ENDPOINT: lts.url });
  const ofTwoProjects = `{
    p: logGroups(projectId: "p") { logStreams { id } }
    q: logGroups(projectId: "q") { logStreams { id } }
  }`;
  const { data } = await post(url, ofTwoProjects, {});
  expect([...data.p, ...data.q].flatMap(({ logStreams }: any) => logStreams)).toHaveLength(16);
  await until(() => output().includes('INFO: request'));
  expect(output()).not.toContain('Warning');
});

describe('with requests in flight,', () => {
  let answers: (() => void)[];
  beforeEach(() => {
    answers = holdReplies(lts, replyWith(201, { log_stream_id: 'made' }));
  });
  const start = (env: Record<string, string> = {}) =>
    startInProduction(lts.url, { SHUTDOWN_DELAY_MS: '100', ...env });

  test('SIGTERM completes all of 200 requests, and the process exits with 0', async () => {
    const { child, url, exited, output } = await start();
    const creating = Array.from({ length: 200 }, () => post(url, CREATE_LOG_STREAM, VARIABLES));
    await until(() => answers.length === 200);
    child.kill('SIGTERM');
    await until(() => output().includes('draining'));
    await untilClosed(url); // LTS answers only then
    for (const answer of answers) answer();
    const results = await Promise.all(creating);
    expect(new Set(results.map(({ data }) => data.createLogStream.logStreamId))).toEqual(new Set(['made']));
    expect(await exited).toBe(0);
    for (const line of output().trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('level');
  });

  test('SIGTERM makes /readyz answer 503, and a second one ends the process at once', async () => {
    const { child, url, exited } = await start({ SHUTDOWN_DELAY_MS: '60000' });
    const creating = post(url, CREATE_LOG_STREAM, VARIABLES).catch(() => 'cut off');
    await until(() => answers.length === 1);
    child.kill('SIGTERM');
    await until(async () => (await fetch(`${url}/readyz`)).status === 503);
    child.kill('SIGTERM');
    expect(await exited).toBe(1);
    expect(await creating).toBe('cut off');
  });

  test('an uncaught exception is logged, and the process completes the requests and exits with 1', async () => {
    const preload = `process.on('SIGWINCH', () => setImmediate(() => { throw new Error('boom'); }))`;
    const { child, url, exited, output } = await start({
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(preload)}`,
    });
    const creating = post(url, CREATE_LOG_STREAM, VARIABLES);
    await until(() => answers.length === 1);
    child.kill('SIGWINCH');
    await until(() => output().includes('boom'));
    answers[0]?.();
    expect((await creating).data.createLogStream.logStreamId).toBe('made');
    expect(await exited).toBe(1);
  });
});

test('the embedded LTS runs on its own, and its printed curl command lists the log groups', async () => {
  const { child, output, exited } = await startProcess({}, { args: ['dist/embedded-lts/main.js'] });
  await until(() => output().includes('curl'));
  expect((await runInShell(`${curlIn(output())} -s`)).log_groups).toHaveLength(2);
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
});
