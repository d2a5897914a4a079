import { execSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { execFormOf, imageEnv, instructions } from '../support/dockerfile.ts';
import { killProcesses, startProcess } from '../support/process.ts';

jest.setTimeout(600_000); // it installs from the registry

const root = mkdtempSync(path.join(tmpdir(), 'image-'));
/** The working directory of the current stage, at the end that of the image. */
let folder = path.join(root, 'context');

// npm uses this machine's registry settings, but runs no install scripts, and logs why it fails.
const env = { ...process.env, npm_config_ignore_scripts: 'true', npm_config_loglevel: 'notice' };
const sh = (command: string) => execSync(command, { cwd: folder, env, stdio: 'inherit' });

/** Executes the Dockerfile without Docker: each stage has a folder as `/`, and uses this machine's Node.js. */
beforeAll(() => {
  mkdirSync(folder);
  execSync(`git ls-files -z | tar -c --null -T - | tar -x -C ${folder}`);
  let stage = '';
  for (const [keyword, text] of instructions) {
    if (keyword === 'FROM') stage = path.join(root, text.split(' AS ')[1] ?? 'image');
    if (keyword === 'WORKDIR') {
      folder = path.join(stage, text);
      mkdirSync(folder, { recursive: true });
    }
    // The result of `npm ci`, which is slow, exists already.
    if (keyword === 'RUN') sh(text === 'npm ci' ? `ln -s ${path.resolve('node_modules')}` : text);
    if (keyword === 'COPY') {
      const [, from = 'context', sources = '', to] = /^(?:--from=(\S+) )?(.*) (\S+)$/.exec(text) ?? [];
      for (const source of sources.split(' ').map((name) => path.join(root, from, name))) {
        // Docker copies the contents of a folder, not the folder.
        sh(`cp -R ${statSync(source).isDirectory() ? `${source}/.` : source} ${to}`);
      }
    }
  }
});
afterEach(killProcesses);
afterAll(() => rmSync(root, { recursive: true }));

const startInImage = (command: string[], env: Record<string, string>) => {
  const [, ...options] = execFormOf('ENTRYPOINT');
  const args = [...options, ...command];
  return startProcess({ ...imageEnv, HOST: '127.0.0.1', PORT: '0', ...env }, { args, cwd: folder });
};

test.each([
  ['production', '/livez', { LTS_ENDPOINT: 'http://127.0.0.1:9', SHUTDOWN_DELAY_MS: '0' }],
  ['development', '/readyz', { NODE_ENV: 'development' }],
])('in %s the image starts, is healthy, and ends on SIGTERM', async (_, probe, env) => {
  const { url, child, exited } = await startInImage(execFormOf('CMD'), env);
  const [, ...check] = execFormOf('HEALTHCHECK');
  const healthCheck = () => spawnSync(process.execPath, check, { env: { PORT: new URL(url).port } }).status;
  expect((await fetch(url + probe)).status).toBe(200);
  expect(healthCheck()).toBe(0);

  child.kill('SIGTERM');
  expect(await exited).toBe(0);
  expect(healthCheck()).toBe(1);
});

test('the embedded LTS alone starts in the image, and ends on SIGTERM', async () => {
  const { url, child, exited } = await startInImage(['dist/embedded-lts/main.js'], {});
  expect((await fetch(url)).status).toBe(404);
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
});

test('the image has no development dependency and no native code', () => {
  expect(readdirSync(folder).sort()).toEqual(['dist', 'node_modules', 'package.json']);
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const development = Object.keys(packages).filter((name) => packages[name].dev);
  expect(development).toContain('node_modules/typescript');
  expect(development.filter((name) => existsSync(path.join(folder, name)))).toEqual([]);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  expect(files.filter((file) => file.endsWith('.node'))).toEqual([]);
});
