import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { CREATE_LOG_STREAM } from '../support/operations.ts';
import { type RawUpstream, rawReply, startRawUpstream } from '../support/raw-upstream.ts';

let upstream: RawUpstream;
let gateway: RunningGateway;
let posts: string[];

afterEach(async () => {
  await gateway.close();
  await upstream.close();
});

/** As on a network, the gateway learns only after this time that the other end closed a connection. */
const FIN_TRAVELS_MS = 50;

/** An LTS that accepts every create and closes a connection that was idle for `closesAfterMs`. */
async function startOn(closesAfterMs: number) {
  const timers = new Map<unknown, NodeJS.Timeout>();
  const closed = new Set<unknown>();
  posts = [];
  upstream = await startRawUpstream(({ method, path, socket }): void => {
    if (method === 'POST') posts.push(path);
    if (closed.has(socket)) return void socket.resetAndDestroy();
    clearTimeout(timers.get(socket));
    socket.write(rawReply(201, { log_stream_id: 'id', log_streams: [] }));
    const close = () => {
      closed.add(socket);
      setTimeout(() => socket.destroy(), FIN_TRAVELS_MS);
    };
    timers.set(socket, setTimeout(close, closesAfterMs).unref());
  });
  gateway = await startGateway(upstream.url);
}

async function create(projectId: string): Promise<string> {
  const variables = { projectId, groupId: 'g', input: { name: 'a' } };
  const { code, __typename } = await gateway.resultOf(CREATE_LOG_STREAM, variables);
  return code ?? __typename;
}

test('calls of createLogStream 4.9 to 5.1 s apart all succeed with one POST each, when LTS closes idle connections after 5 s without an announcement', async () => {
  await startOn(5_000);
  const clients = Array.from({ length: 40 }, async (_, client) => {
    const answers = [await create(`p${client}`)];
    for (let time = 1; time <= 2; time += 1) {
      await sleep(4_900 + 5 * client); // idle time is what is tested
      answers.push(await create(`p${client}`));
    }
    return answers;
  });
  const answers = (await Promise.all(clients)).flat();
  expect(answers.filter((answer) => answer !== 'LogStreamCreated')).toEqual([]);
  expect(posts).toHaveLength(120);
}, 30_000);
