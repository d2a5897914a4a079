import { execFileSync, execSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { CREATE_LOG_STREAM } from '../support/operations.ts';
import { killProcesses, post, startProcess } from '../support/process.ts';

jest.setTimeout(600_000); // it installs from the registry

const root = mkdtempSync(path.join(tmpdir(), 'npm-package-'));
const checkout = path.join(root, 'checkout');
/** Where the package is installed. */
const folder = path.join(root, 'app');
const installed = path.join(folder, 'node_modules/lts-gateway');
/** What `npx lts-gateway` runs. */
const COMMAND = path.join(folder, 'node_modules/.bin/lts-gateway');
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

let packed: string[];

/** Packs a copy, because packing builds, and other tests run what is built here. */
beforeAll(() => {
  for (const made of [checkout, folder]) mkdirSync(made);
  writeFileSync(path.join(folder, 'package.json'), '{}'); // else npm installs where a folder above has one
  execSync(`git ls-files -z | tar -c --null -T - | tar -x -C ${checkout}`);
  symlinkSync(path.resolve('node_modules'), path.join(checkout, 'node_modules'));
  const [{ filename, files }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--silent'], { cwd: checkout, encoding: 'utf8' }),
  );
  packed = files.map(({ path }: { path: string }) => path);
  const install = ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  execFileSync('npm', [...install, path.join(checkout, filename)], { cwd: folder, stdio: 'inherit' });
});
afterEach(killProcesses);
afterAll(() => rmSync(root, { recursive: true }));

const npx = (...args: string[]) =>
  spawnSync('npx', ['lts-gateway', ...args], { cwd: folder, encoding: 'utf8' });

const start = (...args: string[]) => startProcess({}, { args: [COMMAND, ...args], cwd: folder });

test('the package has what is built and the documents, and no tests, sources or settings of tools', () => {
  const folders = packed.map((file) => (file.includes('/') ? `${file.split('/')[0]}/` : file));
  expect([...new Set(folders)].sort()).toEqual([
    'LICENSE',
    'README.md',
    'bin/',
    'dist/',
    'docs/',
    'package.json',
  ]);
  expect(packed.filter((file) => /test|\.ts$/.test(file))).toEqual([]);
});

test('--version prints the version', () => {
  expect(npx('--version')).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
});

test('--help prints the commands, and the path of the file about settings', () => {
  const { status, stdout } = npx('--help');
  expect(status).toBe(0);
  expect(stdout).toContain('lts-gateway lts ');
  const settings = stdout.trim().split('\n').at(-1) ?? '';
  expect(path.relative(installed, settings)).toBe('docs/settings.md');
  expect(readFileSync(settings, 'utf8')).toMatch(/^# Settings/);
});

test.each([[['--port', '1']], [['start']], [['lts', 'otc']]])('unknown arguments fail: %j', (args) => {
  const { status, stdout, stderr } = npx(...args);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(`lts-gateway: unknown arguments: ${args.join(' ')}\n\nUsage:\n`);
});

test('without arguments, the gateway starts on the embedded LTS, creates, has GraphiQL, and ends on SIGTERM', async () => {
  const { child, url, exited } = await start();
  const { projectId, groupId } = DEMO;
  const { data } = await post(url, CREATE_LOG_STREAM, { projectId, groupId, input: { name: 'packed' } });
  expect(data.createLogStream.__typename).toBe('LogStreamCreated');
  expect((await fetch(`${url}/explorer/graphiql.js`)).status).toBe(200);
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
});

test('`lts` starts the embedded LTS alone, and ends on SIGTERM', async () => {
  const { child, url, output, exited } = await start('lts');
  expect(output()).toMatch(/^Embedded LTS at /m);
  const response = await fetch(`${url}/v2/${DEMO.projectId}/groups`, {
    headers: { 'x-auth-token': DEMO.token, 'content-type': 'application/json' },
  });
  expect(await response.json()).toHaveProperty('log_groups');
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
});
