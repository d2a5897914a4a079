import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AttackContext } from './attack.ts';
import { openConnections, type RawConnections, rawRequest } from './raw-connections.ts';

const WAITING_CONNECTIONS = 700;
const DRIPPING_CONNECTIONS = 50;
/** Few, as each of their requests costs the gateway 100 ms of CPU. */
const UNREAD_CONNECTIONS = 8;
const GARBAGE_CONNECTIONS = 350;
const DRIP_INTERVAL_MS = 1_000;
/**
 * By then the gateway must have closed every connection. A request may take 30 s. A response may take 30 s and one
 * more for each 50 kB that is not in the kernel's buffers, at most 24 s. The rest is the interval of the checks.
 */
const MAX_OPEN_MS = 65_000;

/** Its response has up to 1.2 MB: how much of that the kernel buffers, and the gateway need not, varies. */
const LIST = JSON.stringify({ query: '{logStreams(projectId:"p",groupId:"large"){id name createdAt}}' });

/** Many connections from one address that send slowly or do not read: the gateway must close each of them. */
export async function attackSlowly(context: AttackContext): Promise<void> {
  const { report } = context;
  const open = (count: number, begin: (socket: Socket) => void) => openConnections(context, count, begin);
  const withoutBody = await open(WAITING_CONNECTIONS - DRIPPING_CONNECTIONS - UNREAD_CONNECTIONS, (socket) =>
    socket.write(rawRequest('{', { length: 99 })),
  );
  const dripping = await open(DRIPPING_CONNECTIONS, (socket) => {
    socket.write(rawRequest('{', { length: 99 }));
    const timer = setInterval(() => socket.write(' '), DRIP_INTERVAL_MS);
    socket.once('close', () => clearInterval(timer));
  });
  const unread = await open(UNREAD_CONNECTIONS, (socket) => {
    socket.pause();
    socket.write(rawRequest(LIST).repeat(9) + rawRequest(LIST, { headers: { Connection: 'close' } }));
  });
  const withGarbage = await open(GARBAGE_CONNECTIONS, (socket) =>
    socket.write(`${rawRequest('{"query":"{__typename}"}')}garbage\r\n\r\n`),
  );
  const pipelining = await open(1, (socket) => socket.write(rawRequest(LIST).repeat(400)));
  const all = [withoutBody, dripping, unread, withGarbage, pipelining];
  await sleep(MAX_OPEN_MS);
  // Node.js notices the end of a connection only after reading the data before it.
  for (const { sockets } of all) for (const socket of sockets) socket.resume();
  await sleep(1_000);
  const stillOpen = (...some: RawConnections[]) =>
    some.reduce((sum, { sockets, closed }) => sum + sockets.length - closed.size, 0);
  report.print(
    'connections',
    `${WAITING_CONNECTIONS} that wait from one address, ${GARBAGE_CONNECTIONS} that send garbage, one with 400 requests at once`,
  );
  report.print(
    `open after ${MAX_OPEN_MS / 1_000} s`,
    `${stillOpen(withoutBody)} without a body, ${stillOpen(dripping)} whose bodies drip, ${stillOpen(unread, pipelining)} unread, ${stillOpen(withGarbage)} with garbage`,
  );
  if (stillOpen(...all) > 0) report.fail(`${stillOpen(...all)} slow connections are still open`);
  for (const connections of all) connections.destroy();
}
