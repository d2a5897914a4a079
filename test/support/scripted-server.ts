import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { recordToken } from './recorded-output.ts';

export interface ReceivedRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface ScriptedServer {
  url: string;
  received: ReceivedRequest[];
  /** Connections accepted so far. */
  connections(): number;
  /** Handles requests until the test replaces it. */
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void;
  close(): Promise<void>;
}

/** Starts an upstream whose replies the test sets. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  const received: ReceivedRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer({ maxHeaderSize: 64 * 1024 }, async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    recordToken(request.headers['x-auth-token']?.toString());
    received.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body });
    scripted.answer(request, response, body);
  });
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const scripted: ScriptedServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    connections: () => connections,
    answer: (_request, response) => response.writeHead(500).end('nothing scripted'),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return scripted;
}

export function replyWith(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): ScriptedServer['answer'] {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

/** Handles POST, PUT and DELETE, and replies to every GET with an empty list, as if no write had been executed. */
export function replyToWrites(answer: ScriptedServer['answer']): ScriptedServer['answer'] {
  const emptyList = replyWith(200, { log_groups: [], log_streams: [] });
  return (request, response, body) =>
    (request.method === 'GET' ? emptyList : answer)(request, response, body);
}
