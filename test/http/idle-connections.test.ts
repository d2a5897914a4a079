import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { untilReusable } from '../support/connection-silence.ts';
import type { RunningGateway } from '../support/gateway.ts';
import { CREATE_LOG_STREAM } from '../support/operations.ts';
import { type RawUpstream, rawReply, startRawUpstream } from '../support/raw-upstream.ts';
import { useGateways } from '../support/use-gateways.ts';

let upstream: RawUpstream;
let gateway: RunningGateway;

const startGateway = useGateways();
afterEach(() => upstream.close());

/** An LTS that accepts every create and keeps connections open. */
async function startOn(headers: Record<string, string>) {
  upstream = await startRawUpstream(({ socket }) => {
    socket.write(rawReply(201, { log_stream_id: 'id', log_streams: [] }, headers));
  });
  gateway = await startGateway(upstream.url);
}

async function create(): Promise<string> {
  const variables = { projectId: 'p', groupId: 'g', input: { name: 'a' } };
  const { code, __typename } = await gateway.resultOf(CREATE_LOG_STREAM, variables);
  return code ?? __typename;
}

describe('a connection for which LTS announces Keep-Alive', () => {
  test.each([
    ['timeout=1', false],
    ['timeout=0', false],
    ['max=100, timeout=1', false],
    ['timeout=2', true],
    ['timeout=60', true],
    ['max=100', true],
  ])('"%s" is reused: %s', async (announced, isReused) => {
    await startOn({ Connection: 'keep-alive', 'Keep-Alive': announced });
    for (let time = 0; time < 3; time += 1) {
      expect(await create()).toBe('LogStreamCreated');
      await untilReusable();
    }
    expect(upstream.connections()).toBe(isReused ? 1 : 3);
  });

  test('"timeout=2" is not reused in the last second of that time', async () => {
    await startOn({ Connection: 'keep-alive', 'Keep-Alive': 'timeout=2' });
    await create();
    await sleep(1_200); // idle time is what is tested: the gateway's limit is at 1 s, the upstream's at 2 s
    expect(await create()).toBe('LogStreamCreated');
    expect(upstream.connections()).toBe(2);
  });
});

test('10 concurrent callers with pauses between their calls need at most 10 connections to LTS', async () => {
  await startOn({});
  const clients = Array.from({ length: 10 }, async () => {
    for (let time = 0; time < 10; time += 1) {
      expect(await create()).toBe('LogStreamCreated');
      await untilReusable();
    }
  });
  await Promise.all(clients);
  expect(upstream.connections()).toBeLessThanOrEqual(10);
});

test.each([0, 5])('a connection that LTS resets %d ms after an answer does no harm', async (resetAfterMs) => {
  const posts: string[] = [];
  upstream = await startRawUpstream(async ({ path, socket }) => {
    posts.push(path);
    socket.write(rawReply(201, { log_stream_id: 'id' }));
    await sleep(resetAfterMs); // how soon is what is tested
    socket.resetAndDestroy();
  });
  gateway = await startGateway(upstream.url);
  for (let time = 0; time < 5; time += 1) {
    expect(await create()).toBe('LogStreamCreated');
    await untilReusable();
  }
  expect(posts).toHaveLength(5);
});
