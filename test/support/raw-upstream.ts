import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** Key and certificate of an upstream that speaks TLS; a gateway's process trusts it by NODE_EXTRA_CA_CERTS. */
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

/** An upstream that does what no HTTP server does: it writes on its connections when and what the test says. */
export async function startRawUpstream(
  onRequest: (request: RawRequest) => void,
  { tls = false } = {},
): Promise<RawUpstream> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const accept = (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.setNoDelay(true); // otherwise what is written waits for the next request to acknowledge what was before
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

/** An answer as it stands on the wire. */
export function onTheWire(status: number, body: unknown, headers: Record<string, string> = {}): string {
  const text = JSON.stringify(body);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} X\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n${lines.join('')}\r\n${text}`;
}
