import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type RunningGateway, startGateway } from './support/gateway.ts';
import { CREATE_LOG_STREAM, LOG_GROUPS } from './support/operations.ts';
import { replyWith, type ScriptedServer, startScriptedServer } from './support/scripted-server.ts';
import { until } from './support/until.ts';

let scripted: ScriptedServer;
let gateway: RunningGateway;
let answers: (() => void)[];
/** Connections that the gateway has closed on LTS. */
let hungUp: number;

beforeEach(async () => {
  scripted = await startScriptedServer();
  gateway = await startGateway(scripted.url);
  answers = [];
  hungUp = 0;
  scripted.answer = (incoming, response, body) => {
    response.on('close', () => {
      if (!response.writableFinished) hungUp += 1;
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

/** Sends an operation and lets go of it when told. */
function sendAndLeave(query: string, variables: object): { leave(): void } {
  const call = request(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-token': 'one', 'x-request-id': 'left' },
  });
  call.on('error', () => {});
  call.end(JSON.stringify({ query, variables }));
  return { leave: () => call.destroy() };
}

test('a read is cancelled when the caller goes away', async () => {
  const caller = sendAndLeave(LOG_GROUPS, { projectId: 'p' });
  await until(() => answers.length === 1);
  caller.leave();
  await until(() => hungUp === 1);
  expect(scripted.received).toHaveLength(1);
});

test('a create that was sent is carried to its end, and its outcome logged', async () => {
  const caller = sendAndLeave(CREATE_LOG_STREAM, { projectId: 'p', groupId: 'g', input: { name: 'a' } });
  await until(() => answers.length === 1);
  caller.leave();
  await until(() => gateway.logged().includes('CLIENT_CLOSED_REQUEST'));
  answers[0]?.();
  await until(() => gateway.logged().includes('ended after the caller had gone'));
  expect(hungUp).toBe(0);
  const lines = gateway.logged().trim().split('\n');
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ reqId: 'left', type: 'mutation', outcome: 'OK' });
});
