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
  answer: Answer;
  /** Forgets what was received, and the answer that the test has set. */
  reset(): void;
  close(): Promise<void>;
}

export type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/**
 * Starts an upstream whose replies the test sets.
 *
 * @param scripted the object that becomes the server, by default a new one
 */
export async function startScriptedServer(scripted = {} as ScriptedServer): Promise<ScriptedServer> {
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
  return Object.assign(scripted, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    connections: () => connections,
    answer: NOTHING_SCRIPTED,
    reset() {
      received.length = 0;
      scripted.answer = NOTHING_SCRIPTED;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}

const NOTHING_SCRIPTED: Answer = (_request, response) => response.writeHead(500).end('nothing scripted');

export function replyWith(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

/** A reply with an error code of LTS's. */
export const failWith = (status: number, error_code: string, error_msg = 'As LTS says') =>
  replyWith(status, { error_code, error_msg });

/** Closes the connection without a reply. */
export const hangUp: Answer = (request) => request.socket.destroy();

/** Handles each request with the answer that is chosen for it when it comes. */
export function answerWith(choose: (request: IncomingMessage, body: string) => Answer): Answer {
  return (request, response, body) => choose(request, body)(request, response, body);
}

/** Replies to GET with lists, by default empty ones, as if no write had been executed, and handles POST, PUT and DELETE. */
export function replyToWrites(write: Answer, read = replyWith(200, listing())): Answer {
  return answerWith(({ method }) => (method === 'GET' ? read : write));
}

/** Has the server hold its replies. Each function in the list sends one, in the order of the requests. */
export function holdReplies(scripted: ScriptedServer, answer: Answer): (() => void)[] {
  const held: (() => void)[] = [];
  scripted.answer = (...call) => held.push(() => answer(...call));
  return held;
}

/** A log group as LTS lists it. */
export const listedGroup = (fields: object = {}) => ({
  log_group_id: 'g',
  log_group_name: 'g',
  ttl_in_days: 1,
  creation_time: 1,
  ...fields,
});

/** A log stream as LTS lists it. */
export const listedStream = (fields: object = {}) => ({
  log_stream_id: 's',
  log_stream_name: 's',
  ttl_in_days: 1,
  creation_time: 1,
  ...fields,
});

/** The body of a list: of log groups or of log streams, whichever the call is for. */
export const listing = (log_groups: object[] = [], log_streams: object[] = []) => ({
  log_groups,
  log_streams,
});
