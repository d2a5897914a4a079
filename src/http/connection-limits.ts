import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { LIMITS } from '../limits.ts';

/** Open connections; more are closed when they are accepted. */
export const MAX_CONNECTIONS = 10_000;
/** Requests that may wait on one connection for the one before. Browsers and load balancers do not pipeline. */
const MAX_PIPELINED = 10;
/** Time for the caller to take a response: 30 seconds, and 1 ms for each 50 bytes. */
const RESPONSE_MS = 30_000;
const RESPONSE_BYTES_PER_MS = 50;
/** Memory for all requests that are still arriving and responses that have not been taken, in bytes. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/**
 * Lets slow or idle callers delay nobody but themselves. One request of a connection is in progress at a time; the
 * next one begins when the response has been taken. A caller that does not take its response in time loses its
 * connection, and so does the one that has waited longest when too much memory waits for callers.
 *
 * The time for a request to arrive is limited by Node.js (`requestTimeout`).
 */
export function limitConnections(handle: RequestListener): RequestListener {
  const queues = new WeakMap<Socket, (() => void)[]>();
  const waiting = new WaitingConnections();

  const begin = (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    countUntilArrived(request, response, waiting);
    countUntilTaken(response, socket, waiting);
    response.once('close', () => {
      const next = queues.get(socket)?.shift();
      if (next && !socket.destroyed) next();
      else queues.delete(socket);
    });
    handle(request, response);
  };

  return (request, response) => {
    const { socket } = request;
    const queue = queues.get(socket);
    if (queue === undefined) {
      queues.set(socket, []);
      begin(request, response);
    } else if (queue.length < MAX_PIPELINED) {
      queue.push(() => begin(request, response));
    } else {
      socket.destroy();
    }
  };
}

function countUntilArrived(
  request: IncomingMessage,
  response: ServerResponse,
  waiting: WaitingConnections,
): void {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  const bytes = encoding === undefined ? Number(length ?? 0) : LIMITS.bodyBytes;
  if (bytes === 0) return;
  const end = waiting.add(request.socket, Math.min(bytes, LIMITS.bodyBytes));
  request.once('end', end);
  response.once('close', end);
}

function countUntilTaken(response: ServerResponse, socket: Socket, waiting: WaitingConnections): void {
  // Emitted when the response is complete and has been handed to the connection.
  response.once('prefinish', () => {
    const bytes = socket.writableLength;
    if (bytes === 0) return;
    const end = waiting.add(socket, bytes);
    const timer = setTimeout(() => socket.destroy(), RESPONSE_MS + bytes / RESPONSE_BYTES_PER_MS);
    response.once('close', () => {
      clearTimeout(timer);
      end();
    });
  });
}

interface Wait {
  readonly socket: Socket;
  readonly bytes: number;
}

/** Connections that wait for their callers, the longest wait first. */
class WaitingConnections {
  readonly #waits = new Set<Wait>();
  #bytes = 0;

  /**
   * @param bytes memory that is held until the wait ends
   * @returns to be called when the wait has ended; more than once does no harm
   */
  add(socket: Socket, bytes: number): () => void {
    const wait = { socket, bytes };
    this.#waits.add(wait);
    this.#bytes += bytes;
    for (const longest of this.#waits) {
      if (this.#bytes <= MAX_WAITING_BYTES) break;
      this.#remove(longest);
      longest.socket.destroy();
    }
    return () => this.#remove(wait);
  }

  #remove(wait: Wait): void {
    if (this.#waits.delete(wait)) this.#bytes -= wait.bytes;
  }
}
