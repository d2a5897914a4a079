import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import got, { type Request, TimeoutError } from 'got';
import { turnOfLongList } from './long-lists.ts';
import { LtsConnections } from './lts-connections.ts';
import { LtsFailure, ownFailure } from './lts-failure.ts';
import type { LtsReply } from './lts-reply.ts';
import { ReplyMemory } from './reply-memory.ts';

/** Documented as mandatory on every call; LTS or its firewall refuses even a GET or DELETE without it. */
const CONTENT_TYPE = 'application/json;charset=UTF-8';

/** One request as it goes out. */
export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly token: string;
  readonly body?: Record<string, unknown> | undefined;
  /** Deadline in milliseconds, from name resolution to the last byte. */
  readonly timeoutMs: number;
  /** Gives the request up: nobody waits for it any more. */
  readonly signal?: AbortSignal | undefined;
  /** Header of that name: the span that the call is. */
  readonly traceparent: string | null;
}

/** The way to one LTS, which moves bytes and does not judge them. */
export interface LtsTransport {
  /**
   * Sends one request: no retry, no redirect.
   *
   * @returns the answer, whatever its status
   * @throws LtsFailure when no answer came, or there is no memory for it
   */
  send(request: TransportRequest): Promise<LtsReply>;
  /** Origin of LTS. */
  readonly endpoint: string;
  close(): void;
}

/**
 * Connections kept alive for all callers; tokens are given request by request.
 *
 * @param endpoint origin of LTS
 * @param maxReplyBytes largest answer that is read, in bytes after decompression
 */
export function connectToLts(endpoint: string, maxReplyBytes: number): LtsTransport {
  const memory = new ReplyMemory();
  const connections = new LtsConnections();
  const client = got.extend({
    agent: connections.agents,
    retry: { limit: 0 },
    followRedirect: false, // a redirect would carry the token to another host
    throwHttpErrors: false,
    headers: {
      'user-agent': 'lts-gateway',
      accept: 'application/json',
      'content-type': CONTENT_TYPE,
    },
  });

  return {
    endpoint,
    async send({ method, path, token, body, signal, traceparent, timeoutMs }) {
      await connections.settle();
      const stream = client.stream(`${endpoint}${path}`, {
        method,
        headers: { 'x-auth-token': token, ...(traceparent && { traceparent }) },
        timeout: { request: Math.max(1, timeoutMs) },
        ...(signal && { signal }),
        // Without a body, got would wait for one to be written; GET has none.
        ...(method !== 'GET' && { body: body ? JSON.stringify(body) : '' }),
      });
      stream.once('request', (request) => connections.watch(request));
      const connection = watchConnection(stream, endpoint);
      const chunks = memory.open();
      let unreadable: LtsReply['unreadable'] = null;
      try {
        for await (const chunk of stream as AsyncIterable<Buffer>) {
          // Leaving the loop destroys the stream, and with it the connection.
          if (chunks.size() + chunk.length > maxReplyBytes) {
            unreadable = { largerThan: maxReplyBytes };
            break;
          }
          if (!chunks.push(chunk)) throw noMemory(method !== 'GET');
        }
        if (chunks.isLong()) await turnOfLongList(); // read as text it takes several times the memory
      } catch (error) {
        if (error instanceof LtsFailure) throw error;
        if (signal?.aborted) throw ownFailure('GATEWAY.CANCELLED');
        if (!isUndecodable(error)) throw noAnswer(error, connection.stood);
        unreadable = 'undecodable';
      } finally {
        chunks.release();
      }
      return {
        status: stream.response?.statusCode ?? 0,
        requestId: stream.response?.headers['x-request-id']?.toString() ?? null,
        date: dateOf(stream.response?.headers.date),
        body: unreadable ? '' : chunks.text(),
        unreadable,
      };
    },
    close() {
      connections.close();
    },
  };
}

function dateOf(header: string | undefined): Date | null {
  const date = new Date(header ?? '');
  return Number.isNaN(date.getTime()) ? null : date;
}

/** Notes whether a request's connection ever stood: before, nothing of the request has left this machine. */
function watchConnection(stream: Request, endpoint: string): { stood: boolean } {
  const connection = { stood: false };
  const event = endpoint.startsWith('https:') ? 'secureConnect' : 'connect';
  stream.once('request', (request) => {
    // Another protocol is no answer; got would wait for one, past every deadline.
    request.once('upgrade', (_response: IncomingMessage, socket: Socket) => {
      socket.destroy();
      stream.destroy(new Error('LTS wants to speak another protocol'));
    });
    request.once('socket', (socket: Socket) => {
      connection.stood = request.reusedSocket;
      // A connection that is used again emits no such event: a listener would keep the request in memory.
      if (connection.stood) return;
      socket.once(event, () => {
        connection.stood = true;
      });
    });
  });
  return connection;
}

/** Reading failed before the end: a got error, or on newer Node.js the bare error of the socket. */
function noAnswer(error: unknown, mayHaveTakenEffect: boolean): LtsFailure {
  const code = error instanceof TimeoutError ? 'GATEWAY.TIMEOUT' : 'GATEWAY.UNREACHABLE';
  const reason = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  return ownFailure(code, { mayHaveTakenEffect, reason });
}

function noMemory(mayHaveTakenEffect: boolean): LtsFailure {
  const message = 'Too many long replies of LTS are being read at the moment. Try again shortly.';
  return ownFailure('GATEWAY.OVERLOADED', { mayHaveTakenEffect, message, reason: 'REPLY_MEMORY' });
}

/** An answer came whole, but gzip, brotli or zstd could not read it. */
function isUndecodable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(Z_|ERR__ERROR|ZSTD_)/.test(String(error.code));
}
