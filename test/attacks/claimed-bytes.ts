import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { listOf } from '../soak/lts-stub.ts';
import type { AttackContext } from './attack.ts';
import { openConnections, rawRequest } from './raw-connections.ts';
import { honestBeside, type Source } from './sources.ts';

/** Each may send 100 KiB: together, more than may be arriving. */
const CONNECTIONS = 720;
/** So many that the limit for each lets all requests through. */
const TOKENS = 2;
/** The honest callers begin before the attack, and end after it. */
const HEAD_START_MS = 500;
const UPLOAD_PIECES = 5;
const PIECE_INTERVAL_MS = 1_000;
const HONEST_CALLERS = 3;
const MAX_WAIT_MS = 12_000;

const SLOW_CREATE = JSON.stringify({
  query: `mutation{createLogStream(projectId:"p",groupId:"g",input:{name:"slow"}){__typename}}#${'.'.repeat(40_000)}`,
});
/** Its response has 4.6 MB, more than the kernel's buffers hold, in long texts: it must not cost the CPU what is measured. */
const LONG_LIST = JSON.stringify({
  query: '{logStreams(projectId:"p",groupId:"long"){id name alias ttlInDays createdAt tags{key value}}}',
});
const TAGS = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`key-${index}`, 'x'.repeat(450)]));

/** Requests that never send the bodies they announce, beside honest callers that send and read slowly. */
export const attackWithClaimedBytes = (context: AttackContext) =>
  claimBytes(context, honestBeside(context.source, 20), true);

/**
 * The same from addresses that hold little each. The honest callers send slowly, from an address each, and hold less.
 * One that reads slowly holds more: it would give way.
 */
export const attackWithClaimedBytesOfMany = (context: AttackContext) =>
  claimBytes(context, { addressOf: (connection) => `127.0.2.${1 + connection}`, headers: {} }, false);

async function claimBytes(context: AttackContext, honest: Source, withReaders: boolean): Promise<void> {
  const { gateway, lts, report, source } = context;
  const list = listOf(1_000, TAGS);
  lts.answer = ({ groupId }) => (groupId === 'long' ? { status: 200, body: list } : null);
  const responses = new Map<Socket, string>();
  const slow = await openConnections(
    { gateway, source: honest },
    withReaders ? 2 * HONEST_CALLERS : HONEST_CALLERS,
    (socket, index) => {
      const isReader = index >= HONEST_CALLERS;
      const headers = { ...honest.headers, Connection: 'close' };
      const token = `token-of-slow-${index}`;
      socket.on('data', (chunk) => {
        responses.set(socket, (responses.get(socket) ?? '') + chunk);
        if (isReader) socket.pause();
      });
      if (isReader) {
        socket.write(rawRequest(LONG_LIST, { token, headers }));
        readSlowly(socket);
      } else sendSlowly(socket, rawRequest(SLOW_CREATE, { token, headers }));
    },
  );
  await sleep(HEAD_START_MS);
  const texts = Array.from({ length: TOKENS }, (_, index) =>
    rawRequest('', { length: null, token: `token-${index}`, headers: source.headers }),
  );
  const connections = await openConnections(context, CONNECTIONS, (socket, index) =>
    socket.write(texts[index % TOKENS] ?? ''),
  );
  const endAt = performance.now() + MAX_WAIT_MS;
  while (slow.closed.size < slow.sockets.length && performance.now() < endAt) await sleep(100);
  const failed = slow.sockets.map((socket, index) => {
    const response = responses.get(socket) ?? '';
    const isComplete = response.includes('LogStreamCreated') || response.endsWith(']}}\n');
    const what = index >= HONEST_CALLERS ? 'reader' : 'sender';
    return isComplete ? null : `a slow ${what} got ${response.length} bytes ${response.slice(0, 40)}`;
  });
  const failures = failed.filter((failure) => failure !== null);
  report.print('connections', `${CONNECTIONS} without a body, ${connections.closed.size} closed`);
  report.print('slow callers', `${slow.sockets.length}, ${failures.length} failed`);
  if (failures.length > 0) report.fail(`${failures.length} slow honest callers, such as: ${failures[0]}`);
  slow.destroy();
  connections.destroy();
}

function sendSlowly(socket: Socket, text: string): void {
  const piece = Math.ceil(text.length / UPLOAD_PIECES);
  let sent = 0;
  const sendPiece = () => {
    socket.write(text.slice(sent, sent + piece));
    sent += piece;
    if (sent >= text.length) clearInterval(timer);
  };
  const timer = setInterval(sendPiece, PIECE_INTERVAL_MS);
  socket.once('close', () => clearInterval(timer));
  sendPiece();
}

/** A piece from time to time, of those for which there is room in the connection, and the rest when the senders end. */
function readSlowly(socket: Socket): void {
  const startedAt = performance.now();
  const timer = setInterval(() => {
    socket.resume();
    if (performance.now() - startedAt < UPLOAD_PIECES * PIECE_INTERVAL_MS) return;
    clearInterval(timer);
    socket.on('pause', () => socket.resume());
  }, PIECE_INTERVAL_MS / 10);
  socket.once('close', () => clearInterval(timer));
}
