import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as nextIteration, setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { startConnectProxy } from '../support/connect-proxy.ts';
import { SILENCE_MS, untilReusable } from '../support/connection-silence.ts';
import { startGateway, TOKEN } from '../support/gateway.ts';
import { LOG_GROUPS } from '../support/operations.ts';
import { killProcesses, post, startProcess } from '../support/process.ts';
import { type RawUpstream, rawReply, startRawUpstream, TLS_FIXTURE } from '../support/raw-upstream.ts';

afterAll(killProcesses);

const READERS = 20;
const READS_EACH = 10;

/** How long LTS takes for an answer: a connection that is used again waits for so long, and would take any answer. */
const ANSWER_MS = 10;

interface Gateway {
  read(projectId: string, token: string): Promise<{ data: { logGroups: { name: string }[] | null } }>;
  close(): Promise<void>;
}

/** Groups named after the project that they are for, so that an answer to the wrong read shows. */
const groupsOf = (projectId: string) => ({
  log_groups: [{ log_group_id: 'g', log_group_name: projectId, ttl_in_days: 1, creation_time: 1 }],
});

/** 20 callers read at once, each its own projects; LTS sends two answers to every fifth call. */
async function readWithStrays(
  strayAfterMs: number,
  startGatewayOn: (upstream: RawUpstream, hasStray: (port: number) => boolean) => Promise<Gateway>,
  options = {},
) {
  const withStray = new Set<Socket>();
  let calls = 0;
  let usedAgain = 0;
  const upstream = await startRawUpstream(async ({ path, socket }) => {
    calls += 1;
    const hasStray = calls % 5 === 0;
    if (withStray.has(socket)) usedAgain += 1;
    const projectId = path.split('/')[2] ?? '';
    // Here and below time is what is tested: how soon after an answer the stray one comes.
    await sleep(ANSWER_MS);
    socket.write(rawReply(200, groupsOf(projectId)));
    if (!hasStray) return;
    const answeredAt = performance.now();
    if (strayAfterMs > 0) await sleep(strayAfterMs);
    await nextIteration(); // a proxy of this process has passed on the first answer then
    const isLate = performance.now() - answeredAt >= SILENCE_MS; // on a busy machine
    if (isLate || socket.destroyed) return;
    withStray.add(socket);
    socket.write(rawReply(200, groupsOf(`meant for ${projectId}`)));
  }, options);
  const hasStray = (port: number) => [...withStray].some(({ remotePort }) => remotePort === port);
  const gateway = await startGatewayOn(upstream, hasStray);
  const wrong: unknown[] = [];
  const readers = Array.from({ length: READERS }, async (_, reader) => {
    // On a busy machine all stray answers of one round may be late.
    for (let count = 0; count < READS_EACH || withStray.size === 0; count += 1) {
      const projectId = `p${reader}-${count}`;
      const { data } = await gateway.read(projectId, `${TOKEN}-${reader}`);
      if (data.logGroups?.[0]?.name !== projectId) wrong.push(data.logGroups);
    }
  });
  await Promise.all(readers);
  await gateway.close();
  await upstream.close();
  return { wrong, strays: withStray.size, usedAgain };
}

async function inThisProcess({ url }: RawUpstream): Promise<Gateway> {
  const gateway = await startGateway(url);
  return {
    read: (projectId, token) => gateway.send(LOG_GROUPS, { projectId }, { 'x-auth-token': token }),
    close: gateway.close,
  };
}

async function inItsOwnProcess({ url: ltsUrl }: RawUpstream, env = {}): Promise<Gateway> {
  const { url, child, exited } = await startProcess({
    LTS_ENDPOINT: ltsUrl,
    NODE_EXTRA_CA_CERTS: TLS_FIXTURE,
    RATE_LIMIT: '0',
    RATE_LIMIT_ADDRESS: '0',
    ...env,
  });
  return {
    read: (projectId, token) => post(url, LOG_GROUPS, { projectId }, { 'x-auth-token': token }),
    async close() {
      child.kill('SIGINT');
      await exited;
    },
  };
}

async function throughProxy(upstream: RawUpstream, hasStray: (port: number) => boolean): Promise<Gateway> {
  const proxy = await startConnectProxy(upstream.url);
  proxy.answer = ({ socket }) => {
    const tunnel = connect(Number(new URL(upstream.url).port), '127.0.0.1');
    let passedOnAt = 0;
    tunnel.on('data', (bytes) => {
      const now = performance.now();
      const isLate = now - passedOnAt >= SILENCE_MS; // on a busy machine, the proxy itself holds up a stray answer
      passedOnAt = now;
      if (isLate && hasStray(tunnel.localPort ?? 0)) socket.destroy();
      else socket.write(bytes);
    });
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    socket.pipe(tunnel);
    tunnel.on('error', () => {}).on('close', () => socket.destroy());
    socket.on('error', () => {}).on('close', () => tunnel.destroy());
  };
  const gateway = await inItsOwnProcess(
    { ...upstream, url: 'https://lts.example.com' },
    { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` },
  );
  return {
    ...gateway,
    async close() {
      await gateway.close();
      await proxy.close();
    },
  };
}

test.each([
  ['', 0, inThisProcess, false],
  ['', 1, inThisProcess, false],
  ['', 5, inThisProcess, false],
  ['', 10, inThisProcess, false],
  [' over TLS', 5, inItsOwnProcess, true],
  [' through a tunnel', 5, throughProxy, true],
])(
  'a second answer of LTS%s, %d ms after the first, reaches none of many callers',
  async (_way, strayAfterMs, startGatewayOn, tls) => {
    const { wrong, strays, usedAgain } = await readWithStrays(strayAfterMs, startGatewayOn, { tls });
    expect(strays).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
    expect(usedAgain).toBe(0);
  },
  30_000,
);

describe('after a connection of LTS has been silent,', () => {
  test('a second answer closes it', async () => {
    let socket: Socket | undefined;
    const upstream = await startRawUpstream((request) => {
      socket = request.socket;
      socket.write(rawReply(200, groupsOf('p')));
    });
    const gateway = await inThisProcess(upstream);
    await gateway.read('p', TOKEN);
    await untilReusable();
    const strayAt = performance.now();
    socket?.write(rawReply(200, groupsOf('meant for p')));
    if (socket && !socket.destroyed) await once(socket, 'close');
    expect(performance.now() - strayAt).toBeLessThan(2_000); // after 3 s of idleness it would be closed anyway
    await gateway.close();
    await upstream.close();
  });

  test('a second answer that comes while the next call waits reaches no call but this one', async () => {
    const sockets: Socket[] = [];
    const upstream = await startRawUpstream(async ({ path, socket }) => {
      const projectId = path.split('/')[2] ?? '';
      sockets.push(socket);
      if (projectId === 'p2') {
        socket.write(rawReply(200, groupsOf('meant for p1')));
        await sleep(ANSWER_MS);
      }
      socket.write(rawReply(200, groupsOf(projectId)));
    });
    const gateway = await inThisProcess(upstream);
    const read = async (projectId: string) =>
      (await gateway.read(projectId, TOKEN)).data.logGroups?.[0]?.name;
    await read('p1');
    await untilReusable();
    expect(await read('p2')).toBe('meant for p1'); // nothing in HTTP/1.1 tells that it is wrong
    expect(await read('p3')).toBe('p3');
    await untilReusable();
    expect(await read('p4')).toBe('p4');
    expect(sockets[1]).toBe(sockets[0]);
    expect(sockets[0]?.destroyed).toBe(true);
    await gateway.close();
    await upstream.close();
  });
});
