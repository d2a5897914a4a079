import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type RunningGateway, startGateway } from './support/gateway.ts';
import { CREATE_LOG_STREAM } from './support/operations.ts';
import { type RawUpstream, rawReply, startRawUpstream } from './support/raw-upstream.ts';

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
async function startOn({ closesAfterMs, headers = {} }: { closesAfterMs?: number; headers?: object }) {
  const timers = new Map<unknown, NodeJS.Timeout>();
  const closed = new Set<unknown>();
  posts = [];
  upstream = await startRawUpstream(({ method, path, socket }): void => {
    if (method === 'POST') posts.push(path);
    if (closed.has(socket)) return void socket.resetAndDestroy();
    clearTimeout(timers.get(socket));
    socket.write(rawReply(201, { log_stream_id: 'id', log_streams: [] }, { ...headers }));
    const close = () => {
      closed.add(socket);
      setTimeout(() => socket.destroy(), FIN_TRAVELS_MS);
    };
    if (closesAfterMs) timers.set(socket, setTimeout(close, closesAfterMs).unref());
  });
  gateway = await startGateway(upstream.url);
}

async function create(projectId: string): Promise<string> {
  const variables = { projectId, groupId: 'g', input: { name: 'a' } };
  const { data } = await gateway.send(CREATE_LOG_STREAM, variables);
  return data.createLogStream.code ?? data.createLogStream.__typename;
}

describe('when LTS closes idle connections after 5 s without an announcement,', () => {
  test('calls of createLogStream 4.9 to 5.1 s apart all succeed with one POST each', async () => {
    await startOn({ closesAfterMs: 5_000 });
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
});

describe('a connection for which LTS announces Keep-Alive', () => {
  test.each([
    ['timeout=1', false],
    ['timeout=0', false],
    ['max=100, timeout=1', false],
    ['timeout=2', true],
    ['timeout=60', true],
    ['max=100', true],
  ])('"%s" is reused: %s', async (announced, isReused) => {
    await startOn({ headers: { Connection: 'keep-alive', 'Keep-Alive': announced } });
    for (let time = 0; time < 3; time += 1) expect(await create('p')).toBe('LogStreamCreated');
    expect(upstream.connections()).toBe(isReused ? 1 : 3);
  });

  test('"timeout=2" is not reused in the last second of that time', async () => {
    await startOn({ headers: { Connection: 'keep-alive', 'Keep-Alive': 'timeout=2' } });
    await create('p');
    await sleep(1_200); // idle time is what is tested: the gateway's limit is at 1 s, the upstream's at 2 s
    expect(await create('p')).toBe('LogStreamCreated');
    expect(upstream.connections()).toBe(2);
  });
});

test('10 concurrent callers need at most 10 connections to LTS', async () => {
  await startOn({});
  const clients = Array.from({ length: 10 }, async () => {
    for (let time = 0; time < 30; time += 1) expect(await create('p')).toBe('LogStreamCreated');
  });
  await Promise.all(clients);
  expect(upstream.connections()).toBeLessThanOrEqual(10);
});
