import { connect, type Socket } from 'node:net';
import { setImmediate as nextIteration, setTimeout as sleep } from 'node:timers/promises';
import type { AttackContext } from './attack.ts';
import { DEFAULT_ADDRESS } from './sources.ts';

/** Connections that are being opened at the same time: fewer than a server lets wait to be accepted. */
const CONCURRENT_CONNECTS = 200;
const MAX_CONNECT_MS = 500;

/** Connections without an HTTP client, which would neither send what is wrong nor leave responses unread. */
export interface RawConnections {
  readonly sockets: readonly Socket[];
  /** Those that have been closed or refused so far. */
  readonly closed: ReadonlySet<Socket>;
  destroy(): void;
}

/**
 * Opens connections a few at a time, so that this process keeps time for the honest callers.
 *
 * @param begin what is done with each of them at once: writes wait until it is open
 */
export async function openConnections(
  { gateway, source }: Pick<AttackContext, 'gateway' | 'source'>,
  count: number,
  begin: (socket: Socket, index: number) => void,
): Promise<RawConnections> {
  const port = Number(new URL(gateway.url).port);
  const sockets: Socket[] = [];
  const closed = new Set<Socket>();
  while (sockets.length < count && !gateway.hasExited()) {
    const opening: Promise<unknown>[] = [];
    while (opening.length < CONCURRENT_CONNECTS && sockets.length < count) {
      const index = sockets.length;
      const address = source.addressOf(index);
      // Binding takes Linux longer with each port of an address that is taken: it would keep this process busy.
      const bound = address === DEFAULT_ADDRESS ? {} : { localAddress: address };
      const socket = connect({ host: '127.0.0.1', port, ...bound });
      sockets.push(socket);
      socket.on('error', () => {});
      socket.once('close', () => closed.add(socket));
      socket.resume(); // the end of a connection is noticed only behind what was read before it
      opening.push(
        new Promise((resolve) => {
          socket.once('connect', resolve);
          socket.once('close', resolve);
        }),
      );
      begin(socket, index);
    }
    await Promise.race([Promise.all(opening), sleep(MAX_CONNECT_MS)]);
    await nextIteration();
  }
  return {
    sockets,
    closed,
    destroy() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  readonly token?: string;
  /** Beside those that every request has, one a line. */
  readonly headers?: Record<string, string>;
  /** What `Content-Length` says, by default the length of the body; `null` is a body in chunks. */
  readonly length?: number | null;
}

/** The text of a request, or of its beginning. */
export function rawRequest(body: string, options: RawRequest = {}): string {
  const { method = 'POST', path = '/graphql', token = 'token-of-attacker', headers = {} } = options;
  const { length = Buffer.byteLength(body) } = options;
  const lines = {
    Host: 'a',
    'Content-Type': 'application/json',
    'X-Auth-Token': token,
    ...headers,
    ...(length === null ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': String(length) }),
  };
  return `${method} ${path} HTTP/1.1\r\n${rawHeaders(lines)}\r\n${body}`;
}

export const rawHeaders = (headers: Record<string, string>) =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');

/** So many headers of equal length, numbered, in so many bytes together. */
export function numberedHeaders(count: number, bytes: number): string {
  const line = Math.floor(bytes / count);
  return Array.from({ length: count }, (_, index) => {
    const name = `x${index}`;
    return `${name}:${'v'.repeat(Math.max(1, line - name.length - 3))}\r\n`;
  }).join('');
}
