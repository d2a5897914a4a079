import { execSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  buildClientSchema,
  buildSchema,
  getIntrospectionQuery,
  introspectionFromSchema,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { execFormOf, imageEnv, instructions } from '../support/dockerfile.ts';
import { CREATE_LOG_STREAM } from '../support/operations.ts';
import { killProcesses, post, startProcess } from '../support/process.ts';

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

/** Production with an LTS that is not there: it is not called. */
const PRODUCTION = { LTS_ENDPOINT: 'http://127.0.0.1:9', SHUTDOWN_DELAY_MS: '0' };

test.each([
  ['production', '/livez', PRODUCTION],
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

test('in development a log stream is created, and the page of GraphiQL has all its files', async () => {
  const { url } = await startInImage(execFormOf('CMD'), { NODE_ENV: 'development', EXPLORER: 'graphiql' });
  const { projectId, groupId } = DEMO;
  const { data } = await post(url, CREATE_LOG_STREAM, { projectId, groupId, input: { name: 'bundled' } });
  expect(data.createLogStream.__typename).toBe('LogStreamCreated');

  const page = await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } });
  expect(page.status).toBe(200);
  const files = [...(await page.text()).matchAll(/(?:src|href)="(explorer\/[^"]+)"/g)].map(
    ([, file]) => file,
  );
  expect(files).toContain('explorer/graphiql.js');
  for (const file of [...files, ...WORKERS]) expect((await fetch(`${url}/${file}`)).status).toBe(200);
});
const WORKERS = ['editorWorkerService', 'json', 'graphql'].map((name) => `explorer/${name}.worker.js`);

test('the schema is that of schema.graphql', async () => {
  const { url } = await startInImage(execFormOf('CMD'), { NODE_ENV: 'development' });
  const { data } = await post(url, getIntrospectionQuery(), {});
  const expected = introspectionFromSchema(buildSchema(readFileSync('schema.graphql', 'utf8')));
  expect(printSchema(lexicographicSortSchema(buildClientSchema(data)))).toBe(
    printSchema(lexicographicSortSchema(buildClientSchema(expected))),
  );
});

test.each(['http/json', 'http/protobuf'])('traces are sent by %s', async (protocol) => {
  const collector = createServer((request, response) => request.resume().on('end', () => response.end()));
  await once(collector.listen(0, '127.0.0.1'), 'listening');
  const { port } = collector.address() as AddressInfo;
  const { url, child, exited } = await startInImage(execFormOf('CMD'), {
    ...PRODUCTION,
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
  });
  await post(url, '{ __typename }', {});
  const arrival = once(collector, 'request');
  child.kill('SIGTERM'); // the remaining spans are sent
  const [{ url: path }] = await arrival;
  expect(path).toBe('/v1/traces');
  expect(await exited).toBe(0);
  collector.close();
});

test('with a store for the rate limit that is not there, the image starts and says so', async () => {
  const { output } = await startInImage(execFormOf('CMD'), {
    ...PRODUCTION,
    RATE_LIMIT_URL: 'redis://127.0.0.1:9',
  });
  expect(output()).toContain('the rate limit is counted by each gateway alone: its store is down');
});

test.each([
  ['the names of our functions', [], /: boom\n(.*\n)* .*at createGateway \(/],
  [
    'the lines of our sources, with source maps',
    ['--enable-source-maps'],
    / at createGateway \(.*src\/server\.ts:\d+/,
  ],
])('a stack has %s', async (_, options, expected) => {
  const preload =
    "import http from 'node:http'; import { syncBuiltinESMExports } from 'node:module'; http.createServer = () => { throw new Error('boom'); }; syncBuiltinESMExports();";
  const NODE_OPTIONS = [...options, `--import data:text/javascript,${encodeURIComponent(preload)}`].join(' ');
  await expect(startInImage(execFormOf('CMD'), { ...PRODUCTION, NODE_OPTIONS })).rejects.toThrow(expected);
});

describe('the packages in the bundle', () => {
  /** Folders of packages, as the lock file names them. */
  const bundled = new Set<string>();
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const inImage = (file: string) => readFileSync(path.join(folder, file), 'utf8');

  beforeAll(() => {
    for (const file of filesOfImage().filter((name) => name.endsWith('.js'))) {
      // esbuild names the file of each module.
      for (const [, name = ''] of inImage(file).matchAll(PACKAGE_OF_MODULE)) bundled.add(name);
    }
    expect(bundled).toContain('node_modules/fastify');
  });
  const PACKAGE_OF_MODULE = /^\/\/ (node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)/gm;

  test('are no development dependencies', () => {
    expect([...bundled].filter((name) => packages[name].dev !== undefined)).toEqual([]);
  });

  test('are in the SBOM', () => {
    const listed = JSON.parse(inImage('sbom.cdx.json')).components.map(
      ({ group, name, version }: Record<string, string>) => `${group ? `${group}/` : ''}${name} ${version}`,
    );
    expect([...bundled].map(nameAndVersion).filter((name) => !listed.includes(name))).toEqual([]);
  });

  test('have their licences beside the bundle', () => {
    const text = inImage('dist/THIRD-PARTY-LICENSES.txt');
    expect([...bundled].filter((name) => !text.includes(`==== ${nameAndVersion(name)}, `))).toEqual([]);
    expect(text).toContain('Permission is hereby granted');
  });

  const nameAndVersion = (name: string) =>
    `${name.replace(/.*node_modules\//, '')} ${packages[name].version}`;
});

test('the image has the bundle, and no other packages or native code', () => {
  expect(readdirSync(folder).sort()).toEqual(['dist', 'package.json', 'sbom.cdx.json']);
  expect(filesOfImage().filter((file) => /node_modules|\.node$/.test(file))).toEqual([]);
});

const filesOfImage = () => readdirSync(folder, { recursive: true, encoding: 'utf8' });
