import { beforeEach, expect, test } from '@jest/globals';
import { sendAndLeave } from '../support/leaving-caller.ts';
import { CREATE_LOG_STREAM } from '../support/operations.ts';
import {
  answerWith,
  holdReplies,
  listedGroup,
  listing,
  replyToWrites,
  replyWith,
} from '../support/scripted-server.ts';
import { until } from '../support/until.ts';
import { useGateway } from '../support/use-gateways.ts';

const { gateway, scripted } = useGateway({}, 'each');
const VARIABLES = { projectId: 'p', groupId: 'g', input: { name: 'a' } };
let answers: (() => void)[];
/** Calls whose connection the gateway closed before LTS answered. */
let cancelled: number;

beforeEach(() => {
  cancelled = 0;
  answers = holdReplies(scripted, replyToWrites(replyWith(201, { log_stream_id: 'made' })));
  const { answer } = scripted;
  scripted.answer = (request, response, body) => {
    response.on('close', () => {
      if (!response.writableFinished) cancelled += 1;
    });
    answer(request, response, body);
  };
});

test('a query cancels its call to LTS when the caller closes the connection, and makes no other', async () => {
  const hold = scripted.answer;
  const groups = replyWith(200, listing([listedGroup()]));
  scripted.answer = answerWith(({ url }) => (url === '/v2/p/groups' ? groups : hold));
  const caller = sendAndLeave(gateway.url, '{ logGroups(projectId: "p") { logStreams { id } } }', {});
  await until(() => answers.length === 1);
  caller.leave();
  await until(() => cancelled === 1);
  await until(() => gateway.logged().includes('ended after the caller had gone'));
  expect(scripted.received).toHaveLength(2);
  // An error that nobody handles, of the first call for example, would end the process; jest reports it.
  expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
});

test('createLogStream completes and logs its outcome when the caller closes the connection', async () => {
  const caller = sendAndLeave(gateway.url, CREATE_LOG_STREAM, VARIABLES, { 'x-request-id': 'left' });
  await until(() => answers.length === 1);
  caller.leave();
  await until(() => gateway.logged().includes('CLIENT_CLOSED_REQUEST'));
  answers[0]?.();
  await until(() => gateway.logged().includes('ended after the caller had gone'));
  expect(cancelled).toBe(0);
  expect(gateway.lines('left').at(-1)).toMatchObject({ reqId: 'left', type: 'mutation', outcome: 'OK' });
});
