import { setTimeout as sleep } from 'node:timers/promises';
import { formatBytes } from '../soak/report.ts';
import { type AttackContext, CSRF_HEADERS, measureMaxResident } from './attack.ts';
import { numberedHeaders, openConnections, rawHeaders, rawRequest } from './raw-connections.ts';

/** Just below what Node.js refuses. */
const HEADER_BYTES = 31 * 1024;
/** While the headers of all of them are kept, if they are. */
const HOLD_MS = 2_000;

/** As many connections as there may be requests in flight, and as many more as may wait on one. */
const PIPELINING_CONNECTIONS = 320;
const PIPELINED = 10;
const LTS_DELAY_MS = 5_000;

/** Of resident memory: twice what all requests that are arriving may hold. */
const MAX_GROWTH_BYTES = 128 * 1024 * 1024;

const BEGINNING = 'POST /graphql HTTP/1.1\r\nHost: a\r\n';
/** Beginnings of a request, each without the blank line that ends its headers. */
const UNFINISHED: readonly string[] = [
  `${BEGINNING}${numberedHeaders(100, HEADER_BYTES)}`,
  `${BEGINNING}X: ${'v'.repeat(HEADER_BYTES)}\r\n`,
  `${BEGINNING}${'x'.repeat(HEADER_BYTES)}`,
  `GET /${'p'.repeat(HEADER_BYTES)}`,
  `${BEGINNING}Transfer-Encoding: chunked\r\n\r\n0\r\n${numberedHeaders(980, HEADER_BYTES)}`, // its trailers
];

/** Many connections that send as many small headers as possible, and never the blank line after them. */
export const attackWithSmallHeaders = (context: AttackContext) =>
  checkGrowth(context, () =>
    holdUnfinished(context, 4_000, [`${BEGINNING}${numberedHeaders(980, HEADER_BYTES)}`]),
  );

/** The same with few long headers, long names, URLs and trailers: less memory each, so there are more of them. */
export const attackWithOtherHeaders = (context: AttackContext) =>
  checkGrowth(context, () => holdUnfinished(context, 8_000, UNFINISHED));

async function holdUnfinished(
  context: AttackContext,
  count: number,
  beginnings: readonly string[],
): Promise<void> {
  const texts = beginnings.map((text) => Buffer.from(text));
  const connections = await openConnections(context, count, (socket, index) =>
    socket.write(texts[index % texts.length] ?? ''),
  );
  await sleep(HOLD_MS);
  const { sockets, closed } = connections;
  context.report.print('connections', `${sockets.length} with unfinished headers, ${closed.size} closed`);
  connections.destroy();
}

/** Requests that wait behind another on their connection, each with as many small headers as possible, or long ones. */
export const attackWithPipelinedHeaders = (context: AttackContext) =>
  checkGrowth(context, () => pipeline(context, 980));
export const attackWithPipelinedLongHeaders = (context: AttackContext) =>
  checkGrowth(context, () => pipeline(context, 60));

async function pipeline(context: AttackContext, headerCount: number): Promise<void> {
  const { lts, report, source } = context;
  lts.answer = ({ projectId }) =>
    projectId === 'slow' ? { status: 200, body: '{"log_groups":[]}', delayMs: LTS_DELAY_MS } : null;
  const first = rawRequest('{"query":"{logGroups(projectId:\\"slow\\"){id}}"}', { headers: source.headers });
  const headers = numberedHeaders(headerCount, HEADER_BYTES - 500);
  const next = `GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nHost: a\r\n${rawHeaders({ ...CSRF_HEADERS, ...source.headers })}${headers}\r\n`;
  const text = Buffer.from(first + next.repeat(PIPELINED));
  const connections = await openConnections(context, PIPELINING_CONNECTIONS, (socket) => socket.write(text));
  await sleep(LTS_DELAY_MS);
  const { sockets, closed } = connections;
  report.print(
    'connections',
    `${sockets.length} with ${PIPELINED} requests behind a slow one, ${closed.size} closed`,
  );
  connections.destroy();
}

async function checkGrowth({ gateway, report }: AttackContext, attack: () => Promise<void>): Promise<void> {
  const before = gateway.residentBytes();
  const endMeasurement = measureMaxResident(gateway);
  await attack();
  const growth = endMeasurement() - before;
  report.print('growth', formatBytes(growth));
  if (growth > MAX_GROWTH_BYTES) report.fail(`resident memory grew by ${formatBytes(growth)}`);
}
