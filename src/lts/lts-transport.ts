import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { urlToHttpOptions } from 'node:url';
import got, { type Request, type RequestFunction, TimeoutError } from 'got';
import { LIMITS } from '../limits.ts';
import type { RequestContext } from '../request-context.ts';
import { KeepAliveAgents } from './keep-alive-agents.ts';
import type { LtsReply, NoReply } from './reply.ts';

/** Mandatory on every call, says the documentation; LTS or its firewall refuses even a GET or DELETE without it. */
const CONTENT_TYPE = 'application/json;charset=UTF-8';

/** From how many bytes on a reply is parsed in a turn of its caller's. */
const LONG_BYTES = 16 * 1024;

const [COMMA, BRACKET, BRACE] = [...Buffer.from(',[{')];

/** One request as it goes out. */
export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly token: string;
  readonly body?: Record<string, unknown> | undefined;
  /** Deadline in milliseconds, from name resolution to the last byte. */
  readonly timeoutMs: number;
  /** Gives the request up. */
  readonly signal?: AbortSignal | undefined;
  /** `traceparent`, where the call is traced. */
  readonly traceHeaders: Readonly<Record<string, string>>;
  /** Where the memory of a long reply is counted. */
  readonly memory: RequestContext['memory'];
  /** Resolves when the request may be sent, or a long reply be parsed. */
  readonly waitForTurn: RequestContext['waitForTurn'];
  /** Is given a function that cancels the request. */
  readonly onSent?: ((cancel: () => void) => void) | undefined;
}

/** Moves bytes to and from one LTS; what they mean is decided elsewhere. */
export interface LtsTransport {
  /** Sends one request: no retry, no redirect. */
  send(request: TransportRequest): Promise<LtsReply | NoReply>;
  /** Origin of LTS. */
  readonly endpoint: string;
  close(): void;
}

/**
 * A transport by got, with connections that are kept alive for all callers.
 *
 * @param endpoint origin of LTS
 * @param maxReplyBytes largest reply that is read, in bytes after decompression
 * @param proxy URL of the proxy that calls to an https LTS go through; `null` is none
 */
export function createLtsTransport(
  endpoint: string,
  maxReplyBytes: number,
  proxy: string | null = null,
): LtsTransport {
  const keepAlive = new KeepAliveAgents(proxy);
  const client = got.extend({
    agent: keepAlive.agents,
    request: createRequestFunction(endpoint),
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
    async send(request) {
      const { method, path, token, body, signal, traceHeaders, timeoutMs } = request;
      await request.waitForTurn();
      await keepAlive.closeStale();
      if (signal?.aborted) return { lost: 'cancelled', wasConnected: false };
      const stream = client.stream(`${endpoint}${path}`, {
        method,
        headers: { 'x-auth-token': token, ...traceHeaders },
        timeout: { request: Math.max(1, timeoutMs) },
        // Without a body, got would wait for one to be written; GET has none.
        ...(method !== 'GET' && { body: body ? JSON.stringify(body) : '' }),
      });
      stream.once('request', (request) => keepAlive.closeOnExtraBytes(request));
      const connection = watchConnection(stream, endpoint);
      // Not got's own `signal`: it stays in effect after the reply, and its error would end the process then.
      const cancel = () => stream.destroy(new Error('cancelled'));
      signal?.addEventListener('abort', cancel);
      request.onSent?.(cancel);
      stream.on('error', () => {}); // one that comes after the reply has nobody to handle it
      let isLate = false;
      const endLate = () => {
        isLate = true;
        stream.destroy(new Error('late'));
      };
      // got's own timeout has no effect on a request that waits for its tunnel: Node.js ends that once it has a socket.
      const deadline = proxy === null ? undefined : setTimeout(endLate, timeoutMs);
      const chunks: Buffer[] = [];
      let size = 0;
      let unreadable: LtsReply['unreadable'] = null;
      let text = '';
      try {
        for await (const chunk of stream as AsyncIterable<Buffer>) {
          // Leaving the loop destroys the stream, and with it the connection.
          size += chunk.length;
          if (size > maxReplyBytes) {
            unreadable = { largerThan: maxReplyBytes };
            break;
          }
          if (!request.memory.grow(chunk.length)) return { lost: 'no_memory', wasConnected: true };
          chunks.push(chunk);
        }
        if (!unreadable && size > LONG_BYTES) {
          await request.waitForTurn('long');
          if (signal?.aborted) return { lost: 'cancelled', wasConnected: true };
          if (countValues(chunks) > LIMITS.replyValues) unreadable = { moreValuesThan: LIMITS.replyValues };
        }
        if (!unreadable) text = Buffer.concat(chunks).toString('utf8');
      } catch (error) {
        if (signal?.aborted || !isUndecodable(error))
          return noReply(error, connection.wasEstablished, isLate, signal?.aborted);
        unreadable = 'undecodable';
      } finally {
        if (text === '') request.memory.shrink(size); // nothing of it is kept
        clearTimeout(deadline);
        signal?.removeEventListener('abort', cancel);
      }
      return {
        status: stream.response?.statusCode ?? 0,
        requestId: stream.response?.headers['x-request-id']?.toString() ?? null,
        date: dateOf(stream.response?.headers.date),
        retryAfter: stream.response?.headers['retry-after'] ?? null,
        body: text,
        unreadable,
      };
    },
    close() {
      keepAlive.close();
    },
  };
}

/** Passes on only the options that a call needs: got makes some 40, which Node.js would copy twice for each call. */
function createRequestFunction(endpoint: string): RequestFunction {
  const { protocol, hostname, port } = urlToHttpOptions(new URL(endpoint));
  const { request } = protocol === 'https:' ? https : http;
  return ({ pathname, search }, { agent, method, headers }) =>
    request({ agent, hostname, port, path: `${pathname}${search}`, method, headers });
}

function dateOf(header: string | undefined): Date | null {
  const date = new Date(header ?? '');
  return Number.isNaN(date.getTime()) ? null : date;
}

/** Notes whether a request had a connection: before that, nothing of it has left this machine. */
function watchConnection(stream: Request, endpoint: string): { wasEstablished: boolean } {
  const connection = { wasEstablished: false };
  const event = endpoint.startsWith('https:') ? 'secureConnect' : 'connect';
  stream.once('request', (request) => {
    // got would wait for a response after this one, past every deadline.
    request.once('upgrade', (_response: IncomingMessage, socket: Socket) => {
      socket.destroy();
      stream.destroy(new Error('LTS answered with another protocol'));
    });
    request.once('socket', (socket: Socket) => {
      connection.wasEstablished = request.reusedSocket;
      // A reused connection emits no such event: a listener would keep the request in memory.
      if (connection.wasEstablished) return;
      socket.once(event, () => {
        connection.wasEstablished = true;
      });
    });
  });
  return connection;
}

/** @param error of got, or on newer Node.js of the socket */
function noReply(error: unknown, wasConnected: boolean, isLate: boolean, isCancelled = false): NoReply {
  if (isCancelled) return { lost: 'cancelled', wasConnected };
  const networkError = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  const lost = isLate || error instanceof TimeoutError ? 'late' : 'unreachable';
  return { lost, wasConnected, networkError };
}

/** At most how many values JSON has: what a comma, or the beginning of an object or array, may be followed by. */
function countValues(chunks: readonly Buffer[]): number {
  let count = 0;
  for (const chunk of chunks) {
    for (const byte of chunk) if (byte === COMMA || byte === BRACKET || byte === BRACE) count += 1;
  }
  return count;
}

/** A reply arrived whole, but cannot be decompressed (gzip, brotli, zstd). */
function isUndecodable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(Z_|ERR__ERROR|ZSTD_)/.test(String(error.code));
}
