import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { envOf, execFormOf, readDockerfile, type Stage } from '../support/dockerfile.ts';
import { buildImage, type Image } from '../support/image.ts';
import { killStarted, start } from '../support/process.ts';

/** What installs from the registry takes its time; `npm run test:image` runs this, `npm test` does not. */
const BUILD_MS = 300_000;

const stage = readDockerfile().at(-1) as Stage;
let image: Image;
beforeAll(async () => {
  image = await buildImage();
}, BUILD_MS);
afterEach(killStarted);
afterAll(() => image?.remove());

const startInImage = (args: string[], env: Record<string, string>) =>
  start({ ...envOf(stage), HOST: '127.0.0.1', ...env }, { args, cwd: image.folder });

test('the image has what the gateway needs: it starts, is healthy, and ends on SIGTERM', async () => {
  const port = await freePort();
  const env = { LTS_ENDPOINT: 'http://127.0.0.1:9', PORT: port, SHUTDOWN_DELAY_MS: '0' };
  const gateway = await startInImage(execFormOf(stage, 'CMD'), env);
  expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
  expect(await healthCheck(port)).toBe(0);

  gateway.child.kill('SIGTERM');
  expect(await gateway.exited).toBe(0);
  expect(await healthCheck(port)).toBe(1);
});

test('the image has what it needs in development and for the embedded LTS alone', async () => {
  const gateway = await startInImage(execFormOf(stage, 'CMD'), { NODE_ENV: 'development', PORT: '0' });
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
  const lts = await startInImage(['dist/embedded-lts/main.js'], { PORT: '0' });
  expect((await fetch(lts.url)).status).toBe(404);
});

test('the image has no development dependency and no native code', () => {
  expect(existsSync(path.join(image.folder, 'node_modules/fastify'))).toBe(true);
  expect(existsSync(path.join(image.folder, 'node_modules/typescript'))).toBe(false);
  const files = readdirSync(image.folder, { recursive: true, encoding: 'utf8' });
  expect(files.filter((file) => file.endsWith('.node'))).toEqual([]);
  expect(readdirSync(image.folder).sort()).toEqual(['dist', 'node_modules', 'package.json']);
});

/** The exit code of the image's health check. */
async function healthCheck(port: string): Promise<number> {
  const [, ...args] = execFormOf(stage, 'HEALTHCHECK');
  const [code] = await once(spawn(process.execPath, args, { env: { PORT: port } }), 'exit');
  return code;
}

/** A health check asks for a port that is known beforehand. */
async function freePort(): Promise<string> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return String(port);
}
