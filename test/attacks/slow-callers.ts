import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../soak/report.ts';
import { openRaw, rawLastPost, rawPost } from './attacker.ts';

const CONNECTIONS = 700;
/**
 * By then each of the connections must have ended: 30 s for a request; for an answer 30 s and one for each 50 kB that
 * the kernel has not taken, at most 24 s; and how late Node.js looks.
 */
const ENDED_AFTER_MS = 65_000;
/** Connections that ask for lists and read none. Few: a list costs the gateway 100 ms, however it is taken. */
const UNREAD = 8;
const DRIP_MS = 1_000;

/** Answers of 1.2 MB at most. How many of them the kernel takes, and so never makes us wait, is its own choice. */
const LIST = JSON.stringify({ query: '{logStreams(projectId:"p",groupId:"large"){id name createdAt}}' });

/** Callers that are in no hurry, from one address: none may keep a place, a connection or memory for long. */
export async function attackSlowly(url: string, report: Report): Promise<void> {
  const open = (count: number, begin: (socket: Socket) => void) =>
    Array.from({ length: count }, () => {
      const socket = openRaw(url);
      begin(socket);
      return socket;
    });
  const bodiesThatNeverCome = open(CONNECTIONS - 50 - UNREAD, (socket) => socket.write(rawPost('{', 99)));
  const bodiesThatDrip = open(50, (socket) => {
    socket.write(rawPost('{', 99));
    const timer = setInterval(() => socket.write(' '), DRIP_MS);
    socket.once('close', () => clearInterval(timer));
  });
  const answersNeverRead = open(UNREAD, (socket) =>
    socket.write(rawPost(LIST).repeat(9) + rawLastPost(LIST)),
  );
  const garbageBehind = open(CONNECTIONS / 2, (socket) =>
    socket.write(`${rawPost('{"query":"{__typename}"}')}garbage\r\n\r\n`),
  );
  const endless = open(1, (socket) => socket.write(rawPost(LIST).repeat(400)));
  const all = [...bodiesThatNeverCome, ...bodiesThatDrip, ...answersNeverRead, ...garbageBehind, ...endless];
  const ended = new Set<Socket>();
  for (const socket of all) socket.once('close', () => ended.add(socket));
  // A connection that is not read does not tell that it has ended: data and end wait in the kernel.
  await sleep(ENDED_AFTER_MS);
  for (const socket of all) socket.resume();
  await sleep(1_000);
  const left = (sockets: Socket[]) => sockets.filter((socket) => !ended.has(socket)).length;
  report.tell(
    'connections',
    `${CONNECTIONS} that wait from one address, ${CONNECTIONS / 2} that send garbage, one with 400 requests at once`,
  );
  report.tell(
    `open after ${ENDED_AFTER_MS / 1_000} s`,
    `${left(bodiesThatNeverCome)} without a body, ${left(bodiesThatDrip)} whose bodies drip, ${left([...answersNeverRead, ...endless])} unread, ${left(garbageBehind)} with garbage`,
  );
  if (left(all) > 0) report.fail(`${left(all)} slow connections are still open`);
  for (const socket of all) socket.destroy();
}
