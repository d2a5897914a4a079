import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { startGateway } from './support/gateway.ts';
import { LOG_GROUPS } from './support/operations.ts';
import { killProcesses, post, startProcess } from './support/process.ts';
import { type RawUpstream, rawReply, startRawUpstream, TLS_FIXTURE } from './support/raw-upstream.ts';

afterAll(killProcesses);

const READS = 250;
const AT_ONCE = 10;

interface Lane {
  read(projectId: string): Promise<{ data: { logGroups: { name: string }[] | null } }>;
  close(): Promise<void>;
}

/** Each stray answer that is seen closes its connection; a late one may come only after one or two more reads. */
const FEWEST_CONNECTIONS = READS / AT_ONCE / 3;

/** Groups named after the project that they are for, so that an answer to the wrong read shows. */
const groupsOf = (projectId: string) => ({
  log_groups: [{ log_group_id: 'g', log_group_name: projectId, ttl_in_days: 1, creation_time: 1 }],
});

/** Sends reads one after another, 10 ms apart; LTS answers each and then sends a second, stray answer. */
async function readWithStrays(
  strayAfterMs: number,
  startLane: (upstream: RawUpstream) => Promise<Lane>,
  options = {},
) {
  let isReading = false;
  const reads = new EventEmitter();
  const upstream = await startRawUpstream(async ({ path, socket }) => {
    const projectId = path.split('/')[2] ?? '';
    const stray = rawReply(200, groupsOf(`meant for ${projectId}`));
    socket.write(rawReply(200, groupsOf(projectId)));
    // Here and below time is what is tested: how soon after an answer the stray one comes.
    if (strayAfterMs > 0) await sleep(strayAfterMs);
    else await new Promise((resolve) => setImmediate(resolve));
    // Between a request and its answer, a stray answer cannot be told from the right one.
    if (strayAfterMs > 0 && isReading) await once(reads, 'end');
    if (!socket.destroyed) socket.write(stray);
  }, options);
  const lane = await startLane(upstream);
  const foreign: unknown[] = [];
  for (let count = 0; count < READS / AT_ONCE; count += 1) {
    const projectId = `p${count}`;
    isReading = true;
    const { data } = await lane.read(projectId);
    isReading = false;
    reads.emit('end');
    if (data.logGroups?.[0]?.name !== projectId) foreign.push(data.logGroups);
    await sleep(10);
  }
  await lane.close();
  await upstream.close();
  return { foreign, connections: upstream.connections() };
}

const inThisProcess = async (upstream: RawUpstream): Promise<Lane> => {
  const gateway = await startGateway(upstream.url);
  return { read: (projectId) => gateway.send(LOG_GROUPS, { projectId }), close: gateway.close };
};

describe.each([0, 1, 4, 15])('a stray answer %d ms after an answer of LTS', (strayAfterMs) => {
  test(`reaches no caller in ${READS} reads`, async () => {
    const lanes = Array.from({ length: AT_ONCE }, () => readWithStrays(strayAfterMs, inThisProcess));
    const results = await Promise.all(lanes);
    expect(results.flatMap(({ foreign }) => foreign)).toEqual([]);
    for (const { connections } of results) expect(connections).toBeGreaterThan(FEWEST_CONNECTIONS);
  });
});

test.each([1, 4])(
  'a stray answer over TLS %d ms after an answer of LTS reaches no caller',
  async (strayAfterMs) => {
    const inItsOwnProcess = async (upstream: RawUpstream): Promise<Lane> => {
      const { url, child, exited } = await startProcess({
        LTS_ENDPOINT: upstream.url,
        NODE_EXTRA_CA_CERTS: TLS_FIXTURE,
        RATE_LIMIT: '0',
      });
      return {
        read: (projectId) => post(url, LOG_GROUPS, { projectId }),
        async close() {
          child.kill('SIGINT');
          await exited;
        },
      };
    };
    const { foreign, connections } = await readWithStrays(strayAfterMs, inItsOwnProcess, { tls: true });
    expect(foreign).toEqual([]);
    expect(connections).toBeGreaterThan(FEWEST_CONNECTIONS);
  },
);
