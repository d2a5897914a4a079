import { once } from 'node:events';
import type { RequestListener, Server, ServerResponse } from 'node:http';
import net, { type Socket } from 'node:net';
import { setImmediate as nextIteration, setTimeout as sleep } from 'node:timers/promises';
import { normalizeIP } from '@fastify/rate-limit';
import { LIMITS } from '../limits.ts';
import type { Holding, SharedResource } from '../shares.ts';
import type { Turns } from '../turns.ts';
import type { AddressOf } from './caller.ts';

/** Time for the caller to take a response: 30 seconds, and 1 ms for each 50 bytes. */
const RESPONSE_MS = 30_000;
const RESPONSE_BYTES_PER_MS = 50;
/** How long a connection must be silent after the port was closed, until it is closed as well, in milliseconds. */
const SILENCE_MS = 500;
/** How long the port is kept open at most for callers who are just connecting, in milliseconds. */
const CONNECTING_MS = 500;

/** What one connection has of a request at most, in bytes. */
const LARGEST_REQUEST = LIMITS.headerBytes + LIMITS.bodyBytes;

export interface ConnectionOptions {
  readonly connections: SharedResource;
  readonly requestBytes: SharedResource;
  readonly answerBytes: SharedResource;
  readonly turns: Turns;
  /** Whose request it is: behind a trusted proxy, not the connection's address. */
  readonly addressOf: AddressOf;
}

interface Connection {
  readonly address: string;
  readonly share: Holding;
  /** Bytes from the first one of a request until it is answered. */
  readonly bytes: Holding;
  /** Of the request in progress. */
  response: ServerResponse | undefined;
}

/**
 * The connections of a server: each has its share of connections and of memory, so that slow or idle callers delay
 * nobody but themselves. One request of a connection is in progress at a time. A caller that does not take its response
 * in time loses its connection.
 *
 * The connection of a trusted proxy never gives way: it carries the requests of many callers, each with a share.
 *
 * The time for a request to arrive is limited by Node.js (`requestTimeout`).
 */
export class Connections {
  readonly #options: ConnectionOptions;
  readonly #open = new Map<Socket, Connection>();
  readonly #servers: Server[] = [];
  #accepted = 0;
  /** How many open connections have bytes that are not counted. */
  #uncounted = 0;
  #isEnding = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** To be called for each server, before it listens. */
  watch(server: Server): void {
    this.#servers.push(server);
    // Node.js leaves out the rest without saying so: one more than allowed shows that there were too many.
    server.maxHeadersCount = LIMITS.headers + 1;
    server.on('connection', (socket: Socket) => this.#accept(socket));
  }

  #accept(socket: Socket): void {
    this.#accepted += 1;
    this.#options.turns.noteConnection();
    const address = normalizeIP(socket.remoteAddress ?? '');
    const close = () => socket.destroy();
    const { connections } = this.#options;
    if (connections.used >= connections.total && connections.heldBy(address) === 0) this.#closeOldestIdle();
    const share = connections.take(address, 1, close);
    if (share === null) {
      close();
      return;
    }
    const bytes = this.#options.requestBytes.open(address, close);
    this.#open.set(socket, { address, share, bytes, response: undefined });
    socket.once('close', () => {
      this.#open.delete(socket);
      share.release();
      bytes.release();
    });
    this.#countBytes(socket, bytes);
  }

  /**
   * Counts bytes as they come, unless connections are few: a listener for them makes Node.js read the connection a slower
   * way, 30 to 60 µs a request. Connections that are not counted have a quarter of the total beside it, each as much as the
   * largest request.
   */
  #countBytes(socket: Socket, bytes: Holding): void {
    const { total } = this.#options.requestBytes;
    if ((this.#uncounted + 1) * LARGEST_REQUEST <= total / 4) {
      this.#uncounted += 1;
      socket.once('close', () => {
        this.#uncounted -= 1;
      });
      return;
    }
    socket.on('data', (chunk: Buffer) => {
      if (!bytes.grow(chunk.length)) socket.destroy();
    });
  }

  /** Lets in who has no connection yet, a probe for example, where each of many addresses has as few as one. */
  #closeOldestIdle(): void {
    for (const [socket, { share, response }] of this.#open) {
      if (response || !share.isRevocable) continue;
      share.release();
      socket.destroy();
      return;
    }
  }

  /** Has requests handled, one of a connection at a time. Neither browsers nor load balancers send more. */
  limit(handle: RequestListener): RequestListener {
    return (request, response) => {
      const { socket } = request;
      const connection = this.#open.get(socket);
      if (connection === undefined || connection.response) {
        socket.destroy();
        return;
      }
      const address = this.#options.addressOf(request);
      if (address !== connection.address) connection.share.keep();
      connection.response = response;
      connection.bytes.moveTo(address);
      if (this.#isEnding) response.shouldKeepAlive = false;
      this.#countUntilTaken(response, socket, address);
      const endRequest = () => {
        connection.bytes.release();
        connection.bytes.moveTo(connection.address);
      };
      response.once('close', () => {
        connection.response = undefined;
        // The body of a request that was refused may still arrive.
        if (request.complete) endRequest();
        else request.once('close', endRequest);
      });
      handle(request, response);
    };
  }

  #countUntilTaken(response: ServerResponse, socket: Socket, address: string): void {
    // Emitted when the response is complete and has been handed to the connection.
    response.once('prefinish', () => {
      const bytes = socket.writableLength;
      if (bytes === 0) return;
      const close = () => socket.destroy();
      const holding = this.#options.answerBytes.take(address, bytes, close);
      if (holding === null) close();
      const timer = setTimeout(close, RESPONSE_MS + bytes / RESPONSE_BYTES_PER_MS);
      response.once('close', () => {
        clearTimeout(timer);
        holding?.release();
      });
    });
  }

  /**
   * Closes the port, and then each connection with its next response, which says so. On a kept-alive connection without
   * a request, one may be on its way: it is closed when it has been silent for a while.
   *
   * The port is closed first: callers who are told to close their connections connect again, and the operating system
   * cuts off those who are connecting when the port closes.
   *
   * @param limitMs after which all connections are closed, in milliseconds
   */
  async end(limitMs: number): Promise<void> {
    const servers = this.#servers.filter(({ listening }) => listening);
    await this.#untilNobodyConnects();
    let hasEnded = false;
    const ended = Promise.all(servers.map((server) => once(server, 'close'))).then(() => {
      hasEnded = true;
    });
    // Not the method of http.Server: it closes kept-alive connections at once.
    for (const server of servers) net.Server.prototype.close.call(server);
    this.#isEnding = true;
    for (const { response } of this.#open.values()) if (response) response.shouldKeepAlive = false;
    const endAt = performance.now() + limitMs;
    while (!hasEnded && performance.now() < endAt) {
      const bytesBefore = new Map([...this.#open.keys()].map((socket) => [socket, socket.bytesRead]));
      await Promise.race([ended, sleep(SILENCE_MS)]);
      for (const [socket, { response }] of this.#open) {
        if (!response && bytesBefore.get(socket) === socket.bytesRead) socket.destroy();
      }
    }
    for (const socket of this.#open.keys()) socket.destroy();
  }

  /** Waits for an iteration of the event loop in which no connection has come. */
  async #untilNobodyConnects(): Promise<void> {
    const endAt = performance.now() + CONNECTING_MS;
    for (let before = -1; before !== this.#accepted && performance.now() < endAt; ) {
      before = this.#accepted;
      await nextIteration();
    }
  }
}
