import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** With `fifo`, and only then, an Agent passes over connections that have just been closed. */
const AGENT_OPTIONS = { keepAlive: true, scheduling: 'fifo' } as const;

/**
 * The kept-alive connections to LTS.
 *
 * HTTP/1.1 does not say which request an answer is for: it is for the one before it on its connection. So a
 * connection on which anything but one answer to one request has come is closed; otherwise the caller who uses it
 * next would get what was meant for somebody else.
 */
export class LtsConnections {
  readonly agents = { http: new http.Agent(AGENT_OPTIONS), https: new https.Agent(AGENT_OPTIONS) };
  /** The last answer on each connection; none while one is waited for. */
  readonly #answers = new WeakMap<Socket, IncomingMessage>();
  readonly #watched = new WeakSet<Socket>();

  /** To be awaited before each request: by then what had come on idle connections has been seen. */
  async settle(): Promise<void> {
    await nextTurn();
  }

  /** To be called with each request, before it has its connection. */
  watch(request: ClientRequest): void {
    request.once('socket', (socket: Socket) => this.#answers.delete(socket));
    request.once('response', (response: IncomingMessage) => {
      const { socket } = response;
      this.#answers.set(socket, response);
      if (this.#watched.has(socket)) return;
      this.#watched.add(socket);
      // Before the parser's own listener: an answer that is complete already is complete without these bytes. What
      // comes in one piece with the end of an answer is the parser's to refuse.
      socket.prependListener('data', () => {
        if (this.#answers.get(socket)?.complete) socket.destroy();
      });
    });
  }

  close(): void {
    this.agents.http.destroy();
    this.agents.https.destroy();
  }
}
