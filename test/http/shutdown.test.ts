import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { sendAndLeave } from '../support/leaving-caller.ts';
import { CREATE_LOG_STREAM, UPDATE_LOG_STREAM } from '../support/operations.ts';
import { killProcesses, post, startInProduction, untilClosed } from '../support/process.ts';
import {
  type Answer,
  answerWith,
  holdReplies,
  listedGroup,
  listedStream,
  listing,
  replyToWrites,
  replyWith,
} from '../support/scripted-server.ts';
import { until } from '../support/until.ts';
import { useScriptedServer } from '../support/use-gateways.ts';

const lts = useScriptedServer('each');
afterEach(killProcesses);

const start = (env: Record<string, string> = {}) => startInProduction(lts.url, env);
const writes = () => lts.received.filter(({ method }) => method !== 'GET');
const CREATE = { projectId: 'p', groupId: 'g', input: { name: 'a' } };
const UPDATE = { projectId: 'p', groupId: 'g', streamId: 's', input: { ttlInDays: 3 } };
const NOT_BEGUN = {
  code: 'GATEWAY.OVERLOADED',
  outcome: 'NOT_APPLIED',
  isRetryable: true,
  retryAfterSeconds: 1,
};

describe('after SIGTERM', () => {
  test.each([0, 1_000])('and a delay of %i ms, no create of a document is begun', async (delayMs) => {
    const answers: (() => void)[] = [];
    lts.answer = (incoming, response, body) =>
      answers.push(() => replyWith(201, { log_stream_id: `id${answers.length}` })(incoming, response, body));
    const { child, url, output, exited } = await start({ SHUTDOWN_DELAY_MS: String(delayMs) });
    const fields = ['a', 'b', 'c', 'd', 'e'].map(
      (name) => `${name}: createLogStream(projectId: "p", groupId: "g", input: { name: "${name}" }) {
        ... on LogStreamCreated { logStreamId } ... on LtsError { code outcome isRetryable retryAfterSeconds }
      }`,
    );
    const answering = post(url, `mutation { ${fields.join('\n')} }`, {});
    await until(() => answers.length === 1);
    answers[0]?.();
    await until(() => answers.length === 2);
    child.kill('SIGTERM');
    await until(() => output().includes('draining'));
    answers[1]?.();

    expect((await answering).data).toEqual({
      a: { logStreamId: 'id1' },
      b: { logStreamId: 'id2' },
      c: NOT_BEGUN,
      d: NOT_BEGUN,
      e: NOT_BEGUN,
    });
    expect(writes()).toHaveLength(2);
    expect(await exited).toBe(0);
  });

  test('an update that has read what it needs is not sent', async () => {
    const answers = holdReplies(lts, replyWith(200, listing([], [listedStream()])));
    const { child, url, output, exited } = await start();
    const answering = post(url, UPDATE_LOG_STREAM, UPDATE);
    await until(() => answers.length === 1);
    child.kill('SIGTERM');
    await until(() => output().includes('draining'));
    answers[0]?.();
    expect((await answering).data.updateLogStream).toMatchObject(NOT_BEGUN);
    expect(writes()).toEqual([]);
    expect(await exited).toBe(0);
  });

  test('a create that was begun is looked up when its answer is lost', async () => {
    let lose = () => {};
    const hold: Answer = ({ socket }) => {
      lose = () => socket.destroy();
    };
    const list = answerWith(() => {
      const stream = { log_stream_id: 'found', log_stream_name: 'a', creation_time: Date.now() };
      return replyWith(200, listing([], [stream]));
    });
    lts.answer = replyToWrites(hold, list);
    const { child, url, output, exited } = await start();
    const creating = post(url, CREATE_LOG_STREAM, CREATE);
    await until(() => lts.received.length === 1);
    child.kill('SIGTERM');
    await until(() => output().includes('draining'));
    lose();
    expect((await creating).data.createLogStream).toMatchObject({ logStreamId: 'found' });
    expect(await exited).toBe(0);
  });

  test('a create whose caller has gone is waited for', async () => {
    const answers = holdReplies(lts, replyWith(201, { log_stream_id: 'id' }));
    const { child, url, output, exited } = await start();
    const caller = sendAndLeave(url, CREATE_LOG_STREAM, CREATE);
    await until(() => answers.length === 1);
    caller.leave();
    await until(() => output().includes('CLIENT_CLOSED_REQUEST'));
    child.kill('SIGTERM');
    await untilClosed(url);
    answers[0]?.();
    expect(await exited).toBe(0);
    expect(output()).toMatch(/"mutation":"createLogStream".*"outcome":"OK"/);
  });

  test('a read ends within the deadline of a call, however many calls it takes', async () => {
    // One call ends within its deadline, two one after the other do not.
    lts.answer = (...call) => {
      setTimeout(() => replyWith(200, listing([listedGroup()]))(...call), 1_800);
    };
    const { child, url, exited } = await start({ LTS_TIMEOUT_MS: '3000' });
    const reading = post(url, '{ logGroup(projectId: "p", id: "g") { id logStreams { id } } }', {});
    await until(() => lts.received.length === 1);
    child.kill('SIGTERM');
    const { data, errors } = await reading;
    expect(data.logGroup).toEqual({ id: 'g', logStreams: null });
    expect(errors[0].extensions.code).toBe('TIMEOUT');
    expect(await exited).toBe(0);
  });

  test('connections on which no request ever came do not hold up the exit', async () => {
    const { child, url, exited } = await start();
    const port = Number(new URL(url).port);
    const silent = connect(port, '127.0.0.1');
    const halfALine = connect(port, '127.0.0.1').on('error', () => {});
    await Promise.all([once(silent, 'connect'), once(halfALine, 'connect')]);
    halfALine.write('POST /graph');
    await post(url, '{ __typename }', {});
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
  });
});
