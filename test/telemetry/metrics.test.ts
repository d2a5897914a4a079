import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readConfig } from '../../src/config/config.ts';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { type Running, run } from '../../src/run.ts';
import { TOKEN } from '../support/gateway.ts';
import { CREATE_LOG_STREAM, GROUPS_WITH_STREAMS } from '../support/operations.ts';
import { post } from '../support/process.ts';
import { recordOutput } from '../support/recorded-output.ts';
import {
  type Answer,
  failWith,
  hangUp,
  holdReplies,
  listing,
  replyToWrites,
  replyWith,
} from '../support/scripted-server.ts';
import { until } from '../support/until.ts';
import { useScriptedServer } from '../support/use-gateways.ts';

const lts = useScriptedServer('each');
let gateway: Running;
/** What the gateway has written. */
let output: string;
beforeEach(async () => {
  output = '';
  const out = new PassThrough();
  out.on('data', (chunk) => {
    output += chunk;
    recordOutput(String(chunk));
  });
  gateway = await run(
    readConfig({ PORT: '0', ADMIN_PORT: '0', LTS_ENDPOINT: lts.url, LTS_TIMEOUT_MS: '1000' }),
    out,
  );
});
afterEach(() => gateway.drain(0));

const { projectId, groupId } = DEMO;
const variables = { projectId, groupId, input: { name: 'a' } };

const send = (query: string, token: string = TOKEN) =>
  post(gateway.url, query, variables, { 'x-auth-token': token });

const metricsText = async () => (await fetch(`${gateway.adminUrl}/metrics`)).text();

/** The lines of one metric, without its prefix. */
async function samples(name: string): Promise<string[]> {
  const lines = (await metricsText()).split('\n');
  return lines.filter((line) => line.startsWith(`lts_gateway_${name}`)).map((line) => line.slice(12));
}

describe('the metrics', () => {
  test('count requests by operation and outcome, and contain no ID, name or token of a caller', async () => {
    await fetch(`${gateway.url}/readyz`); // first, so that a count of it would be there by the end
    lts.answer = replyWith(201, { log_stream_id: 'id' });
    await send(CREATE_LOG_STREAM.replace('mutation', 'mutation MyOwnName'));
    lts.answer = failWith(400, 'LTS.0205');
    await send(CREATE_LOG_STREAM);
    await send('{ logGroups(projectId: ');
    await send('{ nothing }');
    await send('{ __typename }');
    await send('{ a: __typename __schema { queryType { name } } }');
    await fetch(`${gateway.url}/graphql`, { method: 'POST' });
    const expected = [
      'requests_total{operation="createLogStream",outcome="OK"} 1',
      'requests_total{operation="createLogStream",outcome="ALREADY_EXISTS"} 1',
      'requests_total{operation="none",outcome="GRAPHQL"} 2',
      'requests_total{operation="__typename",outcome="OK"} 1',
      'requests_total{operation="several",outcome="OK"} 1',
      'requests_total{operation="none",outcome="REFUSED"} 1',
    ];
    await until(async () => (await samples('requests_total')).length === expected.length);
    expect((await samples('requests_total')).sort()).toEqual(expected.sort());
    expect(await samples('request_duration_seconds_count')).toContain(
      'request_duration_seconds_count{operation="createLogStream"} 2',
    );
    const text = await metricsText();
    for (const secret of [TOKEN, projectId, groupId, 'MyOwnName']) expect(text).not.toContain(secret);
  });

  test('count calls to LTS by endpoint, kind and status', async () => {
    const answers: [string, Answer][] = [
      [CREATE_LOG_STREAM, failWith(400, 'LTS.0205')],
      [CREATE_LOG_STREAM, replyToWrites(replyWith(201, {}))],
      [GROUPS_WITH_STREAMS, replyWith(200, listing())],
      [GROUPS_WITH_STREAMS, () => {}],
      [GROUPS_WITH_STREAMS, replyWith(200, '<html>')],
      [GROUPS_WITH_STREAMS, replyWith(200, { log_groups: [{}] })],
      [GROUPS_WITH_STREAMS, replyWith(799, '')],
    ];
    for (const [document, answer] of answers) {
      lts.answer = answer;
      await send(document);
    }
    const streams = 'endpoint="POST /v2/{projectId}/groups/{groupId}/streams"';
    expect((await samples('upstream_calls_total')).sort()).toEqual([
      'upstream_calls_total{endpoint="GET /v2/{projectId}/groups",kind="INTERNAL",status="200"} 2',
      'upstream_calls_total{endpoint="GET /v2/{projectId}/groups",kind="OK",status="200"} 1',
      'upstream_calls_total{endpoint="GET /v2/{projectId}/groups",kind="TIMEOUT",status="none"} 1',
      'upstream_calls_total{endpoint="GET /v2/{projectId}/groups",kind="UNKNOWN",status="other"} 1',
      // Lists that look for what became of the create whose reply cannot be read.
      expect.stringMatching(/endpoint="GET .*\/streams",kind="OK",status="200"\} \d+$/),
      `upstream_calls_total{${streams},kind="ALREADY_EXISTS",status="400"} 1`,
      `upstream_calls_total{${streams},kind="INTERNAL",status="201"} 1`,
    ]);
    expect(await samples('upstream_call_duration_seconds_count')).toContain(
      `upstream_call_duration_seconds_count{${streams}} 2`,
    );
  });

  test('show the requests and the calls in flight', async () => {
    const answers = holdReplies(lts, replyWith(200, listing()));
    const sent = send(GROUPS_WITH_STREAMS);
    await until(() => lts.received.length === 1);
    expect(await samples('requests_in_flight')).toEqual(['requests_in_flight 1']);
    expect(await samples('upstream_calls_in_flight')).toEqual(['upstream_calls_in_flight 1']);
    answers[0]?.();
    await sent;
    await until(async () => (await samples('requests_in_flight')).includes('requests_in_flight 0'));
    expect(await samples('upstream_calls_in_flight')).toEqual(['upstream_calls_in_flight 0']);
  });

  test('have the versions of the gateway and of Node.js', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(await samples('build_info')).toEqual([
      `build_info{version="${version}",node="${process.version}"} 1`,
    ]);
  });

  test('show that the circuit breaker is open and how many calls it refused', async () => {
    expect(await samples('circuit_state')).toEqual(['circuit_state 0']);
    lts.answer = hangUp;
    // Different tokens, so that no calls are shared; the circuit breaker is one for all.
    const callers = Array.from({ length: 60 }, (_, index) => `somebody-${index}`);
    await Promise.all(callers.map((token) => send(GROUPS_WITH_STREAMS, token)));
    expect(await samples('circuit_state')).toEqual(['circuit_state 2']);
    expect(output).toContain('LTS does not answer: it is not asked for a while');
    expect(output).toMatch(/"status":null,"error":"E[A-Z]+"/);
    await send(CREATE_LOG_STREAM);
    expect((await samples('upstream_calls_refused_total'))[0]).toMatch(/reason="circuit_open"} [1-9]/);
  });
});

describe('the admin port', () => {
  test('serves the probes', async () => {
    expect((await fetch(`${gateway.adminUrl}/livez`)).status).toBe(200);
    expect((await fetch(`${gateway.adminUrl}/readyz`)).status).toBe(200);
  });

  test('is off by default, and the public port serves no metrics', async () => {
    const other = await run(readConfig({ PORT: '0' }), new PassThrough().resume());
    const { status } = await fetch(`${other.url}/metrics`);
    await other.drain(0);
    expect(other.adminUrl).toBeNull();
    expect(status).toBe(404);
  });
});

test('the dashboard and the alerts use only metrics that the gateway has', async () => {
  const text = await metricsText();
  const files = ['deploy/grafana/dashboard.json', 'deploy/helm/lts-gateway/alerts.yaml'];
  const used = new Set(
    files.flatMap((file) => readFileSync(file, 'utf8').match(/\b(lts_gateway|nodejs|process)_\w+/g) ?? []),
  );
  expect(used.size).toBeGreaterThan(9);
  const missing = [...used].filter((name) => !text.includes(`# TYPE ${name.replace(/_bucket$/, '')} `));
  expect(missing).toEqual([]);
});

const hasPromtool = spawnSync('promtool', ['--version']).error === undefined;
const testAlerts = hasPromtool ? test : test.skip;
testAlerts('each alert fires on bad values and only then (needs promtool)', async () => {
  const runFile = promisify(execFile);
  await runFile('promtool', ['check', 'rules', 'deploy/helm/lts-gateway/alerts.yaml']);
  const { stdout } = await runFile('promtool', ['test', 'rules', 'test/fixtures/alerts.test.yaml']);
  expect(stdout).toContain('SUCCESS');
});
