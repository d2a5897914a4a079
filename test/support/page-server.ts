import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

export interface PageServer {
  readonly url: string;
  /** The requests to /graphql so far, oldest first. */
  readonly requests: { readonly operationName: string; readonly headers: IncomingMessage['headers'] }[];
  /** The URL of the gateway that gets the requests to /graphql. */
  gateway: string;
  /** Sent in place of the token of the page, unless it is null. */
  token: string | null;
  /** The operation whose next response is dropped: the gateway has answered, and the connection of the page is reset. */
  dropsResponseTo: string | null;
  /** The response to the next request to /graphql, in place of the gateway's. */
  refusal: { readonly status: number; readonly body: object } | null;
  close(): Promise<void>;
}

/**
 * Serves a built page, and sends /graphql on to a gateway, as a web server in production does.
 *
 * @param folder of the built page
 */
export async function startPageServer(folder: string, gateway: string): Promise<PageServer> {
  const server = createServer((incoming, response) => {
    if (incoming.url === '/graphql') void toGateway(incoming, response);
    else file(incoming.url === '/' ? '/index.html' : String(incoming.url), response);
  });

  function file(name: string, response: ServerResponse): void {
    try {
      const body = readFileSync(path.join(folder, name));
      response.writeHead(200, { 'content-type': TYPES[path.extname(name)] ?? 'text/plain' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  }

  async function toGateway(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const { headers } = incoming;
    running.requests.push({ operationName: JSON.parse(String(body)).operationName, headers });
    const { refusal, token } = running;
    running.refusal = null;
    if (refusal) {
      response.writeHead(refusal.status, { 'content-type': 'application/graphql-response+json' });
      response.end(JSON.stringify(refusal.body));
      return;
    }
    const sent = request(`${running.gateway}/graphql`, {
      method: 'POST',
      headers: { ...headers, ...(token && { 'x-auth-token': token }) },
    });
    const isDropped = running.requests.at(-1)?.operationName === running.dropsResponseTo;
    if (isDropped) running.dropsResponseTo = null;
    sent.on('response', (answer) => {
      if (isDropped) {
        answer.resume().on('end', () => incoming.socket.resetAndDestroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    sent.on('error', () => response.writeHead(502).end());
    sent.end(body);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const running: PageServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    gateway,
    token: null,
    refusal: null,
    dropsResponseTo: null,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return running;
}
