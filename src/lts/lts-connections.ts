import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * How long a connection may have been idle and still be used, in milliseconds: 5 seconds, the default of Node.js, is
 * the shortest limit that is common at the other end. A request that meets the end of its connection fails, and a
 * POST is not sent again.
 */
const MOST_IDLE_MS = 3_000;

/** How much earlier than the other end announces (`Keep-Alive: timeout=5`) a connection is closed, in milliseconds. */
const ANNOUNCED_MARGIN_MS = 1_000;

/** With `fifo`, and only then, an Agent passes over connections that have just been closed. */
const AGENT_OPTIONS = { keepAlive: true, scheduling: 'fifo' } as const;

/**
 * The kept-alive connections to LTS.
 *
 * HTTP/1.1 does not say which request an answer is for: it is for the one before it on its connection. So a
 * connection on which anything but one answer to one request has come is closed; otherwise the caller who uses it
 * next would get what was meant for somebody else. And no connection is used that the other end may be closing.
 */
export class LtsConnections {
  readonly agents = { http: new http.Agent(AGENT_OPTIONS), https: new https.Agent(AGENT_OPTIONS) };
  /** The last answer on each connection; none while one is waited for. */
  readonly #answers = new WeakMap<Socket, IncomingMessage>();
  readonly #watched = new WeakSet<Socket>();
  /** Until when each idle connection can be used, by `performance.now()`. */
  readonly #usableUntil = new WeakMap<Duplex, number>();

  constructor() {
    for (const agent of Object.values(this.agents)) this.#limitIdleTime(agent);
  }

  /**
   * To be awaited before each request. Where the event loop was blocked, what has come on idle connections meanwhile
   * has been seen then, their end included, and those whose timers are late are closed.
   */
  async settle(): Promise<void> {
    await nextTurn();
    const now = performance.now();
    for (const { freeSockets } of Object.values(this.agents)) {
      for (const socket of Object.values(freeSockets).flat()) {
        if (socket && now >= (this.#usableUntil.get(socket) ?? 0)) socket.destroy();
      }
    }
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

  /** An Agent's own `timeout` is no help: it minds an announcement only where that stands first, and is one number. */
  #limitIdleTime(agent: http.Agent): void {
    const { keepSocketAlive, reuseSocket } = agent;
    agent.keepSocketAlive = (socket: Socket) => {
      const idleMs = mostIdleMs(this.#answers.get(socket)?.headers['keep-alive']?.toString());
      const isKept: unknown = keepSocketAlive.call(agent, socket);
      if (isKept === false || idleMs <= 0) return false;
      this.#usableUntil.set(socket, performance.now() + idleMs);
      socket.setTimeout(idleMs); // the Agent closes an idle connection then
      return true;
    };
    agent.reuseSocket = (socket: Socket, request) => {
      socket.setTimeout(0);
      reuseSocket.call(agent, socket, request);
    };
  }

  close(): void {
    this.agents.http.destroy();
    this.agents.https.destroy();
  }
}

/** @param announced header `Keep-Alive` of an answer */
function mostIdleMs(announced: string | undefined): number {
  const seconds = /(?:^|[\s,;])timeout\s*=\s*"?(\d+)/i.exec(announced ?? '')?.[1];
  return seconds === undefined
    ? MOST_IDLE_MS
    : Math.min(MOST_IDLE_MS, Number(seconds) * 1_000 - ANNOUNCED_MARGIN_MS);
}
