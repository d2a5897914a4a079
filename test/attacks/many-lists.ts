import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpClient } from '../soak/http-client.ts';
import { listOf } from '../soak/lts-stub.ts';
import { formatMs } from '../soak/report.ts';
import { RequestStats } from '../soak/request-stats.ts';
import type { AttackContext } from './attack.ts';
import { openConnections, rawRequest } from './raw-connections.ts';
import { honestBeside } from './sources.ts';

const readList = (length: number) =>
  JSON.stringify({
    query: `{logStreams(projectId:"p",groupId:"list-${length}"){id name alias ttlInDays createdAt tags{key value}}}`,
  });

/** As many as a token may send in a minute. */
const ANSWERS = 600;
/** Its response has 400 kB. */
const LONG_LIST = 2_200;
const DURATION_MS = 5_000;

/** A list in each of many requests at once, of which the caller reads no response. */
export const attackWithUnreadAnswers = (context: AttackContext) => requestAtOnce(context, false);

/** The same, with responses that are read at once. */
export const attackWithReadAnswers = (context: AttackContext) => requestAtOnce(context, true);

async function requestAtOnce(context: AttackContext, isRead: boolean): Promise<void> {
  const { report, source } = context;
  answerLists(context);
  const text = rawRequest(readList(LONG_LIST), { headers: { ...source.headers, Connection: 'close' } });
  let bytes = 0;
  const connections = await openConnections(context, ANSWERS, (socket) => {
    if (!isRead) socket.pause();
    socket.on('data', (chunk) => {
      bytes += chunk.length;
    });
    if (!isRead) socket.pause(); // a listener for data makes it flow
    socket.write(text);
  });
  const endAt = performance.now() + DURATION_MS;
  while (connections.closed.size < ANSWERS && performance.now() < endAt) await sleep(100);
  report.print(
    'answers',
    `${ANSWERS} requested, ${isRead ? `${Math.round(bytes / 1_000)} kB read` : 'none read'}, ${connections.closed.size} connections closed`,
  );
  connections.destroy();
}

const READING_CONNECTIONS = 100;
/** So many that the limits of requests let all of them through. */
const TOKENS = 10;
/** An ordinary list: its response has some 160 kB. */
const ORDINARY_LIST = 900;
/** Of the honest caller before the attack, for their median. */
const READS_BEFORE = 20;
/** The median during the attack may be so many times the one before it … */
const MAX_SLOWDOWN = 3;
/** … or this, where that is less: one list of somebody else is always being answered, and this process is busy too. */
const MIN_LIMIT_MS = 100;

/** Ordinary lists one after the other on many connections, while an honest caller reads such a list, too. */
export async function attackWithManyLists(context: AttackContext): Promise<void> {
  const { gateway, report, source } = context;
  answerLists(context);
  const honestSource = honestBeside(source, 30);
  const honest = createHttpClient(gateway.url, {
    connections: 1,
    localAddress: honestSource.addressOf(0),
    headers: { 'x-auth-token': 'token-of-honest-reader', ...honestSource.headers },
  });
  const read = async (stats: RequestStats) => {
    const startedAt = performance.now();
    const { status, body } = await honest.post(readList(ORDINARY_LIST));
    const isSuccess = status === 200 && body.startsWith('{"data":{"logStreams":[{');
    stats.recordResponse(performance.now() - startedAt, isSuccess ? null : `${status} ${body.slice(0, 100)}`);
    await sleep(50);
  };
  const before = new RequestStats();
  while (before.responses < READS_BEFORE) await read(before);
  let answers = 0;
  const connections = await openConnections(context, READING_CONNECTIONS, (socket, index) => {
    const text = Buffer.from(
      rawRequest(readList(ORDINARY_LIST), { token: `token-${index % TOKENS}`, headers: source.headers }),
    );
    onEachResponse(socket, () => {
      answers += 1;
      socket.write(text);
    });
    socket.write(text);
  });
  const during = new RequestStats();
  const endAt = performance.now() + DURATION_MS;
  while (performance.now() < endAt) await read(during);
  connections.destroy();
  honest.close();
  const [alone, median] = [before.latencyMs(0.5), during.latencyMs(0.5)];
  report.print(
    'lists',
    `${answers} on ${READING_CONNECTIONS} connections, ${connections.closed.size} closed`,
  );
  report.print(
    'honest lists',
    `median of ${during.responses} ${formatMs(median)}, alone ${formatMs(alone)}, ${during.failed} failed`,
  );
  if (during.failed > 0) report.fail(`${during.failed} honest lists: ${[...during.failures.keys()][0]}`);
  if (median > Math.max(MIN_LIMIT_MS, MAX_SLOWDOWN * alone)) {
    report.fail(`an honest list took ${formatMs(median)} in the median, and ${formatMs(alone)} alone`);
  }
}

function answerLists({ lts }: AttackContext): void {
  const lists = new Map(
    [ORDINARY_LIST, LONG_LIST].map((length) => [`list-${length}`, listOf(length, { team: 'checkout' })]),
  );
  lts.answer = ({ groupId }) => {
    const body = lists.get(groupId);
    return body === undefined ? null : { status: 200, body };
  };
}

/** Cheaper than an HTTP client: looks for the length, and counts. */
function onEachResponse(socket: Socket, onResponse: () => void): void {
  let missing = 0;
  socket.on('data', (chunk) => {
    if (missing === 0) {
      const headEnd = chunk.indexOf('\r\n\r\n') + 4;
      const length = /content-length: (\d+)/i.exec(chunk.toString('latin1', 0, headEnd))?.[1];
      missing = headEnd + Number(length ?? 0);
    }
    missing = Math.max(0, missing - chunk.length);
    if (missing === 0) onResponse();
  });
}
