import { once } from 'node:events';
import { formatCounts } from '../soak/report.ts';
import { type AttackContext, CSRF_HEADERS, repeat } from './attack.ts';
import { numberedHeaders, openConnections, rawHeaders } from './raw-connections.ts';

/** Requests a minute. */
export const RATE_LIMIT_ADDRESS = 400;

const REQUESTS = 600;
const CONCURRENCY = 16;
const MAX_HEADERS = 100;

/**
 * A caller behind a trusted load balancer says to be somebody else in each request, and sends so many headers that
 * Node.js drops the last ones: those of the load balancer, which say who it is.
 */
export async function attackWithDroppedHeaders(context: AttackContext): Promise<void> {
  const { report } = context;
  const startedAt = performance.now();
  const statuses = new Map<string, number>();
  let count = 0;
  await repeat(REQUESTS, CONCURRENCY, async () => {
    count += 1;
    const status = await statusOf(
      context,
      `X-Forwarded-For: 45.0.${count >> 8}.${count & 255}\r\n${numberedHeaders(1_005, 12_000)}X-Forwarded-For: 203.0.113.7\r\n`,
    );
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  });
  const windows = Math.ceil((performance.now() - startedAt) / 60_000);
  const passed = statuses.get('200') ?? 0;
  report.print('1,005 headers', `${formatCounts(statuses)}, ${RATE_LIMIT_ADDRESS} a minute for an address`);
  if (passed > windows * RATE_LIMIT_ADDRESS) report.fail(`${passed} requests of one address passed`);

  const forwarded = 'X-Forwarded-For: 198.51.100.40\r\n';
  const own = headerCount(forwarded);
  const cases: Record<string, [headers: string, isAnswered: boolean]> = {
    'as many headers as allowed': [numberedHeaders(MAX_HEADERS - own, 4_000) + forwarded, true],
    'one header more': [numberedHeaders(MAX_HEADERS - own + 1, 4_000) + forwarded, false],
    '1,005 headers': [numberedHeaders(1_005, 12_000) + forwarded, false],
    '1,005 headers of one name': ['x:y\r\n'.repeat(1_005) + forwarded, false],
    '200 addresses of proxies, a header each': [forwarded.repeat(200), false],
  };
  for (const [what, [headers, isAnswered]] of Object.entries(cases)) {
    const status = await statusOf(context, headers);
    report.print(what, status);
    if (status !== (isAnswered ? '200' : '431')) report.fail(`${what}: ${status}`);
  }
}

const FIRST_HEADERS = {
  Host: 'a',
  Connection: 'close',
  ...CSRF_HEADERS,
};
const headerCount = (headers: string) => headers.split('\r\n').length - 1 + Object.keys(FIRST_HEADERS).length;

/** The HTTP status of the response, or `none`. */
async function statusOf(context: AttackContext, headers: string): Promise<string> {
  let text = '';
  const { sockets } = await openConnections(context, 1, (socket) => {
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.write(
      `GET /graphql?query=%7B__typename%7D HTTP/1.1\r\n${rawHeaders(FIRST_HEADERS)}${headers}\r\n`,
    );
  });
  const [socket] = sockets;
  if (socket && !socket.closed) await once(socket, 'close');
  return /^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 'none';
}
