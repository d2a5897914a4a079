import { Agent, request } from 'node:http';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Why there is none: its time was up, or the connection broke. */
export class Unanswered extends Error {}

export interface Client {
  /** @throws Unanswered */
  post(body: string, token: string): Promise<HttpAnswer>;
  /** @throws Unanswered */
  get(path: string): Promise<HttpAnswer>;
  close(): void;
}

/**
 * An HTTP client with a deadline for every request.
 *
 * @param connections how many are kept alive at most; 0 makes a new one for each request
 */
export function connectTo(url: string, deadlineMs: number, connections: number): Client {
  const agent =
    connections === 0
      ? new Agent({ keepAlive: false })
      : new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections });
  const { hostname, port } = new URL(url);
  const send = (method: string, path: string, headers: Record<string, string | number>, body?: string) =>
    new Promise<HttpAnswer>((resolve, reject) => {
      const sent = request({ agent, hostname, port, method, path, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => {
          clearTimeout(timer);
          resolve({ status: response.statusCode ?? 0, body: text });
        });
        response.on('error', fail);
      });
      const fail = (error: Error) => {
        clearTimeout(timer);
        reject(new Unanswered(error.message));
      };
      const timer = setTimeout(() => sent.destroy(new Error('no answer in time')), deadlineMs);
      sent.on('error', fail);
      sent.end(body);
    });
  return {
    post: (body, token) =>
      send(
        'POST',
        '/graphql',
        {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'x-auth-token': token,
        },
        body,
      ),
    get: (path) => send('GET', path, {}),
    close: () => agent.destroy(),
  };
}
