import { expect, test } from '@jest/globals';
import { sendAndLeave } from '../support/leaving-caller.ts';
import { listedGroup, listing, replyWith } from '../support/scripted-server.ts';
import { until } from '../support/until.ts';
import { useGateway } from '../support/use-gateways.ts';

const { gateway, scripted } = useGateway();

test('a query cancels its call to LTS when the caller closes the connection, and makes no other', async () => {
  let isCancelled = false;
  scripted.answer = (request, response, body) => {
    if (request.url === '/v2/p/groups') replyWith(200, listing([listedGroup()]))(request, response, body);
    else response.on('close', () => (isCancelled = true)); // LTS never answers
  };
  const caller = sendAndLeave(gateway.url, '{ logGroups(projectId: "p") { logStreams { id } } }', {});
  await until(() => scripted.received.length === 2);
  caller.leave();
  await until(() => isCancelled);
  await until(() => gateway.logged().includes('ended after the caller had gone'));
  expect(scripted.received).toHaveLength(2);
  // An error that nobody handles, of the first call for example, would end the process; jest reports it.
  expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
});
