import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';

/** Attackers have addresses of their own on loopback; honest callers are on 127.0.0.1. */
export const ATTACKER_ADDRESS = '127.0.0.2';

export interface Answer {
  readonly status: number;
  /** Size of the body in bytes. */
  readonly bytes: number;
  readonly body: string;
}

export interface Attacker {
  post(body: string, headers?: Record<string, string>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  close(): void;
}

export function attack(url: string, connections = 1): Attacker {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const { hostname, port } = new URL(url);
  const send = (method: string, path: string, headers: Record<string, string>, body?: string) =>
    new Promise<Answer>((resolve, reject) => {
      const options = { agent, hostname, port, method, path, headers, localAddress: ATTACKER_ADDRESS };
      const sent = request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(chunks);
          resolve({ status: response.statusCode ?? 0, bytes: bytes.length, body: bytes.toString() });
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  return {
    post: (body, headers = {}) =>
      send('POST', '/graphql', { 'content-type': 'application/json', ...headers }, body),
    get: (path) => send('GET', path, { 'apollo-require-preflight': '1' }),
    close: () => agent.destroy(),
  };
}

/** A connection whose answers nobody reads. */
export function openRaw(url: string): Socket {
  const socket = connect({
    host: '127.0.0.1',
    port: Number(new URL(url).port),
    localAddress: ATTACKER_ADDRESS,
  });
  socket.on('error', () => {});
  return socket;
}

/** A POST as bytes. */
export function rawPost(body: string, length = body.length, moreHeaders = ''): string {
  return (
    'POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nX-Auth-Token: token-of-attacker\r\n' +
    `Content-Length: ${length}\r\n${moreHeaders}\r\n${body}`
  );
}

/** A POST after whose answer the connection is to be closed. */
export function rawLastPost(body: string): string {
  return rawPost(body, body.length, 'Connection: close\r\n');
}
