import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { TLS_FIXTURE } from './raw-upstream.ts';

export interface ConnectRequest {
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly socket: Socket;
}

export interface ConnectProxy {
  readonly port: number;
  /** CONNECT requests so far. */
  readonly received: ConnectRequest[];
  /** Handles CONNECT requests until the test replaces it; opens a tunnel to the upstream. */
  answer: (request: ConnectRequest) => void;
  /** Connections from the gateway that are open. */
  open(): number;
  close(): Promise<void>;
}

/**
 * An HTTP proxy that knows only CONNECT.
 *
 * @param upstream URL that all tunnels lead to, whatever their targets
 */
export async function startConnectProxy(upstream: string, { tls = false } = {}): Promise<ConnectProxy> {
  const sockets = new Set<Socket>();
  const pem = tls ? readFileSync(TLS_FIXTURE) : '';
  const server = tls ? createTlsServer({ key: pem, cert: pem }) : createServer();
  const remember = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    socket.on('end', () => socket.end()); // the sockets of an HTTP server can be half open
  };
  server.on('connection', remember);
  server.on('connect', ({ url = '', headers }, socket) => {
    const request = { target: url, headers, socket: socket as Socket };
    proxy.received.push(request);
    proxy.answer(request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: ConnectProxy = {
    port: (server.address() as AddressInfo).port,
    received: [],
    answer({ socket }) {
      const { hostname, port } = new URL(upstream);
      const tunnel = connect(Number(port), hostname, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        tunnel.pipe(socket).pipe(tunnel);
      });
      tunnel.on('error', () => socket.destroy()).on('close', () => socket.destroy());
      socket.on('error', () => tunnel.destroy()).on('close', () => tunnel.destroy());
    },
    open: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
