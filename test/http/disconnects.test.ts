import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { CREATE_LOG_STREAM, LOG_GROUPS } from '../support/operations.ts';
import { replyWith, type ScriptedServer, startScriptedServer } from '../support/scripted-server.ts';
import { until } from '../support/until.ts';

let scripted: ScriptedServer;
let gateway: RunningGateway;
let answers: (() => void)[];
/** Calls whose connection the gateway closed before LTS answered. */
let cancelled: number;

beforeEach(async () => {
  scripted = await startScriptedServer();
  gateway = await startGateway(scripted.url);
  answers = [];
  cancelled = 0;
  scripted.answer = (incoming, response, body) => {
    response.on('close', () => {
      if (!response.writableFinished) cancelled += 1;
    });
    const reply =
      incoming.method === 'POST' ? { log_stream_id: 'made' } : { log_groups: [], log_streams: [] };
    answers.push(() => replyWith(incoming.method === 'POST' ? 201 : 200, reply)(incoming, response, body));
  };
});
afterEach(async () => {
  await gateway.close();
  await scripted.close();
});

/** Sends an operation; `leave` closes the connection before the answer. */
function sendAndLeave(query: string, variables: object): { leave(): void } {
  const call = request(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-token': 'one', 'x-request-id': 'left' },
  });
  call.on('error', () => {});
  call.end(JSON.stringify({ query, variables }));
  return { leave: () => call.destroy() };
}

test('a query cancels its call to LTS when the caller closes the connection', async () => {
  const caller = sendAndLeave(LOG_GROUPS, { projectId: 'p' });
  await until(() => answers.length === 1);
  caller.leave();
  await until(() => cancelled === 1);
  expect(scripted.received).toHaveLength(1);
});

test('a query cancels its second call to LTS when the caller closes the connection during it', async () => {
  scripted.answer = (incoming, response, body) => {
    if (incoming.url === '/v2/p/groups') {
      const group = { log_group_id: 'g', log_group_name: 'g', ttl_in_days: 1, creation_time: 1 };
      return replyWith(200, { log_groups: [group] })(incoming, response, body);
    }
    response.on('close', () => (cancelled += 1));
    answers.push(() => {});
  };
  const caller = sendAndLeave('{ logGroups(projectId: "p") { logStreams { id } } }', {});
  await until(() => answers.length === 1);
  caller.leave();
  await until(() => cancelled === 1);
  await until(() => gateway.logged().includes('ended after the caller had gone'));
  // An error that nobody handles, of the first call for example, would end the process; jest reports it.
  expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
});

test('createLogStream completes and logs its outcome when the caller closes the connection', async () => {
  const caller = sendAndLeave(CREATE_LOG_STREAM, { projectId: 'p', groupId: 'g', input: { name: 'a' } });
  await until(() => answers.length === 1);
  caller.leave();
  await until(() => gateway.logged().includes('CLIENT_CLOSED_REQUEST'));
  answers[0]?.();
  await until(() => gateway.logged().includes('ended after the caller had gone'));
  expect(cancelled).toBe(0);
  const lines = gateway.logged().trim().split('\n');
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ reqId: 'left', type: 'mutation', outcome: 'OK' });
});
