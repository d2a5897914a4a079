import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpClient } from '../soak/http-client.ts';
import { type AttackContext, CSRF_HEADERS } from './attack.ts';
import { openConnections, type RawConnections } from './raw-connections.ts';
import { honestBehindLoadBalancer } from './sources.ts';

/** More than the gateway accepts. */
const CONNECTIONS = 10_050;
const HOLD_MS = 3_000;
/** Opened again instead of those that were closed. */
const MAX_REOPENED = 3_000;

const BEGINNINGS = ['', 'POST /gra'];

/** Connections that send nothing or half a line. Those that are closed are opened again. */
export async function attackWithIdleConnections(context: AttackContext): Promise<void> {
  const { report } = context;
  const open = (count: number) =>
    openConnections(context, count, (socket, index) => socket.write(BEGINNINGS[index % 2] ?? ''));
  const all = [await open(CONNECTIONS)];
  const closed = () => sum(all, (connections) => connections.closed.size);
  let reopened = 0;
  for (const endAt = performance.now() + HOLD_MS; performance.now() < endAt; await sleep(100)) {
    const missing = Math.min(closed() - reopened, MAX_REOPENED - reopened);
    if (missing > 0) all.push(await open(missing));
    reopened += Math.max(0, missing);
  }
  report.print('connections', `${CONNECTIONS} idle, ${closed()} closed, ${reopened} opened again`);
  for (const connections of all) connections.destroy();
}

const sum = (all: readonly RawConnections[], of: (connections: RawConnections) => number) =>
  all.reduce((total, connections) => total + of(connections), 0);

/** As many as a load balancer keeps open: more than any of the attacker's addresses has. */
const LOAD_BALANCER_CONNECTIONS = 200;

/** The same beside the connections of a load balancer: it has the most, for many callers. */
export async function attackWithIdleConnectionsBesideLoadBalancer(context: AttackContext): Promise<void> {
  const { gateway, report } = context;
  const balancer = createHttpClient(gateway.url, {
    connections: LOAD_BALANCER_CONNECTIONS,
    deadlineMs: 10_000,
    headers: CSRF_HEADERS,
  });
  let requests = 0;
  const failures: string[] = [];
  const sendOnAll = () =>
    Promise.all(
      Array.from({ length: LOAD_BALANCER_CONNECTIONS }, async (_, index) => {
        requests += 1;
        const { headers } = honestBehindLoadBalancer(index);
        const token = { 'x-auth-token': `token-of-caller-${index}` };
        const failure = await balancer.get('/graphql?query=%7B__typename%7D', { ...headers, ...token }).then(
          ({ status, body }) => (status === 200 ? null : `${status} ${body.slice(0, 100)}`),
          (error: Error) => error.message,
        );
        if (failure !== null) failures.push(failure);
      }),
    );
  await sendOnAll();
  let isOver = false;
  const attack = attackWithIdleConnections(context).finally(() => {
    isOver = true;
  });
  for (; !isOver && requests < 2_000; await sleep(1_000)) await sendOnAll();
  await attack;
  balancer.close();
  report.print(
    'load balancer',
    `${requests} requests on ${LOAD_BALANCER_CONNECTIONS} connections, ${failures.length} failed`,
  );
  if (failures.length > 0)
    report.fail(`${failures.length} requests through the load balancer: ${failures[0]}`);
}
