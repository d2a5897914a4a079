import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** Key and certificate of a TLS upstream. A gateway's process trusts them with NODE_EXTRA_CA_CERTS. */
export const TLS_FIXTURE = 'test/fixtures/localhost.pem';

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly socket: Socket;
}

export interface RawUpstream {
  readonly url: string;
  /** Connections accepted so far. */
  connections(): number;
  close(): Promise<void>;
}

/** An upstream on TCP or TLS: the test writes any bytes at any time, which an HTTP server does not allow. */
export async function startRawUpstream(
  onRequest: (request: RawRequest) => void,
  { tls = false } = {},
): Promise<RawUpstream> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const accept = (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.setNoDelay(true); // otherwise a second write waits until the first is acknowledged
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
      const end = received.indexOf('\r\n\r\n') + 4;
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0);
      if (end < 4 || received.length < end + length) return;
      const [method = '', path = ''] = received.split(' ');
      received = received.slice(end + length);
      onRequest({ method, path, socket });
    });
  };
  const pem = tls ? readFileSync(TLS_FIXTURE) : '';
  const server = tls ? createTlsServer({ key: pem, cert: pem }, accept) : createServer(accept);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The bytes of an HTTP response. */
export function rawReply(status: number, body: unknown, headers: Record<string, string> = {}): string {
  const text = JSON.stringify(body);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} X\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n${lines.join('')}\r\n${text}`;
}
