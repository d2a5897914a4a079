import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import type { RunningGateway } from '../support/gateway.ts';
import { CREATE_LOG_STREAM } from '../support/operations.ts';
import { type RawUpstream, rawReply, startRawUpstream } from '../support/raw-upstream.ts';
import { useGateways } from '../support/use-gateways.ts';

let upstream: RawUpstream;
let gateway: RunningGateway;
/** POSTs that LTS has received. */
let posts: number;

const startGateway = useGateways();
afterEach(() => upstream.close());

/** As on a network, the gateway learns only after this time that the other end closed a connection. */
const FIN_TRAVELS_MS = 50;

/** An LTS that accepts every create and closes a connection that was idle for `closesAfterMs`. */
async function startOn(closesAfterMs: number) {
  const timers = new Map<unknown, NodeJS.Timeout>();
  const closed = new Set<unknown>();
  posts = 0;
  upstream = await startRawUpstream(({ method, socket }): void => {
    if (method === 'POST') posts += 1;
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
    for (let time = 1; time <= 3; time += 1) {
      if (time > 1) await sleep(4_900 + 5 * client); // idle time is what is tested
      expect(await create(`p${client}`)).toBe('LogStreamCreated');
    }
  });
  await Promise.all(clients);
  expect(posts).toBe(120);
}, 30_000);
