import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as nextIteration } from 'node:timers/promises';
import { createTunnelAgent } from './tunnel-agent.ts';

/**
 * How long a connection must have been silent after a response before it is used again, in milliseconds. An extra
 * response that comes within this time reaches nobody. At 2,000 requests a second it takes 40 more connections.
 */
const SILENCE_MS = 20;

/**
 * How long a connection may have been idle and still be used, in milliseconds. 5 seconds, the default of Node.js, is
 * the shortest limit that servers commonly have. A request on a connection that the server is closing fails, and a
 * POST is not sent again.
 */
const MAX_IDLE_MS = 3_000;

/** How much earlier than the other end announces (`Keep-Alive: timeout=5`) a connection is closed, in milliseconds. */
const ANNOUNCED_MARGIN_MS = 1_000;

/** With `fifo`, and only then, an Agent skips connections that have just been closed. */
const AGENT_OPTIONS = { keepAlive: true, scheduling: 'fifo' } as const;

/**
 * HTTP agents for LTS that keep connections alive, and use one again only where that is safe.
 *
 * HTTP/1.1 does not say which request a response is for: it is for the one before it on its connection. So a
 * connection on which anything but one response to one request has come is closed; otherwise the caller who uses it
 * next would get what was meant for somebody else. To see it in time, no connection is used right after a response.
 * And no connection is used that the other end may be closing.
 */
export class KeepAliveAgents {
  readonly agents: { readonly http: http.Agent; readonly https: https.Agent };
  /** The last response on each connection; none while one is waited for. */
  readonly #responses = new WeakMap<Socket, IncomingMessage>();
  readonly #watched = new WeakSet<Socket>();
  /** Until when each idle connection can be used, by `performance.now()`. */
  readonly #usableUntil = new WeakMap<Duplex, number>();
  #closingStale: Promise<void> | undefined;

  /** @param proxy URL of the proxy that HTTPS connections go through; `null` is none */
  constructor(proxy: string | null) {
    const secure = proxy === null ? new https.Agent(AGENT_OPTIONS) : createTunnelAgent(proxy, AGENT_OPTIONS);
    this.agents = { http: new http.Agent(AGENT_OPTIONS), https: secure };
    for (const agent of Object.values(this.agents)) {
      this.#waitForSilence(agent);
      this.#limitIdleTime(agent);
    }
  }

  /**
   * To be awaited before each request. If the event loop was blocked before this iteration, what has arrived on idle
   * connections, their end for example, has been handled then, and those whose timers are late are closed. Requests of
   * one iteration of the event loop share this.
   */
  closeStale(): Promise<void> {
    this.#closingStale ??= this.#closeStaleInNextIteration();
    return this.#closingStale;
  }

  async #closeStaleInNextIteration(): Promise<void> {
    await nextIteration();
    this.#closingStale = undefined;
    const now = performance.now();
    for (const { freeSockets } of Object.values(this.agents)) {
      for (const socket of Object.values(freeSockets).flat()) {
        if (socket && now >= (this.#usableUntil.get(socket) ?? 0)) socket.destroy();
      }
    }
  }

  /** Closes the connection of a request when more than its response comes. To be called before it has a connection. */
  closeOnExtraBytes(request: ClientRequest): void {
    request.once('socket', (socket: Socket) => this.#responses.delete(socket));
    request.once('response', (response: IncomingMessage) => {
      const { socket } = response;
      this.#responses.set(socket, response);
      if (this.#watched.has(socket)) return;
      this.#watched.add(socket);
      // Before the parser's own listener: a response that is complete already is complete without these bytes. Bytes
      // that come in one piece with the end of a response are refused by the parser.
      socket.prependListener('data', () => {
        if (this.#responses.get(socket)?.complete) socket.destroy();
      });
      socket.on('error', () => {}); // after a response and before the pool, Node.js has no listener of its own
    });
  }

  /** An Agent puts a connection into its pool when that emits `free`, right after a response; here it does so later. */
  #waitForSilence(agent: http.Agent): void {
    const putIntoPool = agent.listeners('free');
    agent.removeAllListeners('free');
    agent.on('free', (socket: Socket, options: unknown) => {
      const response = this.#responses.get(socket);
      if (!response) return socket.destroy(); // its request was given up before it was sent
      const endedAt = performance.now();
      this.#usableUntil.set(socket, endedAt + maxIdleMs(response.headers['keep-alive']?.toString()));
      const release = () => {
        for (const listener of putIntoPool) Reflect.apply(listener, agent, [socket, options]);
      };
      const wait = () => {
        // Timers count from the start of the iteration of the event loop that set them, so that they can be early.
        const restMs = endedAt + SILENCE_MS - performance.now();
        if (restMs > 0) setTimeout(wait, Math.ceil(restMs)).unref();
        else setImmediate(release); // what arrived before the timer is read between the two
      };
      wait();
    });
  }

  /** Not the Agent's own `timeout`: that is one number, and reads `Keep-Alive` only where `timeout` comes first in it. */
  #limitIdleTime(agent: http.Agent): void {
    const { keepSocketAlive, reuseSocket } = agent;
    agent.keepSocketAlive = (socket: Socket) => {
      const idleMs = (this.#usableUntil.get(socket) ?? 0) - performance.now();
      const isKept: unknown = keepSocketAlive.call(agent, socket);
      if (isKept === false || idleMs <= 0) return false;
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

/** @param announced header `Keep-Alive` of a response */
function maxIdleMs(announced: string | undefined): number {
  const seconds = /(?:^|[\s,;])timeout\s*=\s*"?(\d+)/i.exec(announced ?? '')?.[1];
  return seconds === undefined
    ? MAX_IDLE_MS
    : Math.min(MAX_IDLE_MS, Number(seconds) * 1_000 - ANNOUNCED_MARGIN_MS);
}
