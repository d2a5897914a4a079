import { Agent, request } from 'node:http';

export interface HttpResponse {
  readonly status: number;
  readonly body: string;
}

/** The deadline passed, or the connection broke, before the response was complete. */
export class NoResponseError extends Error {}

export interface HttpClient {
  /**
   * Sends a GraphQL request.
   *
   * @throws NoResponseError
   */
  post(body: string, headers?: Record<string, string>): Promise<HttpResponse>;
  /** @throws NoResponseError */
  get(path: string, headers?: Record<string, string>): Promise<HttpResponse>;
  close(): void;
}

export interface HttpClientOptions {
  /** Maximum of keep-alive connections; 0 opens a new connection for each request. */
  readonly connections: number;
  /** Deadline of each request, by default none. */
  readonly deadlineMs?: number;
  /** Source address of the connections. */
  readonly localAddress?: string;
  /** Sent with every request. */
  readonly headers?: Record<string, string>;
}

export function createHttpClient(
  url: string,
  { connections, deadlineMs, localAddress, headers: always = {} }: HttpClientOptions,
): HttpClient {
  const agent =
    connections === 0
      ? new Agent({ keepAlive: false })
      : new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections });
  const { hostname, port } = new URL(url);
  const send = (method: string, path: string, headers: Record<string, string>, body?: string) =>
    new Promise<HttpResponse>((resolve, reject) => {
      const sent = request({ agent, hostname, port, method, path, headers, localAddress }, (response) => {
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
        reject(new NoResponseError(error.message));
      };
      const timer =
        deadlineMs === undefined
          ? undefined
          : setTimeout(() => sent.destroy(new Error('no answer in time')), deadlineMs);
      sent.on('error', fail);
      sent.end(body);
    });
  return {
    post: (body, headers = {}) =>
      send('POST', '/graphql', { 'content-type': 'application/json', ...always, ...headers }, body),
    get: (path, headers = {}) => send('GET', path, { ...always, ...headers }),
    close: () => agent.destroy(),
  };
}
