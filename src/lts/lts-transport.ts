import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { urlToHttpOptions } from 'node:url';
import got, { type Request, type RequestFunction } from 'got';
import { LIMITS } from '../limits.ts';
import type { RequestContext } from '../request-context.ts';
import type { LtsCall } from './calls.ts';
import { KeepAliveAgents } from './keep-alive-agents.ts';
import type { LtsReply, NoReply } from './reply.ts';

/** Mandatory on every call, says the documentation; LTS or its firewall refuses even a GET or DELETE without it. */
const CONTENT_TYPE = 'application/json;charset=UTF-8';

/** From how many bytes on a reply is parsed in a turn of its caller's. */
const LONG_BYTES = 16 * 1024;
/** From how many bytes on the response that is made of it needs several turns: some 3,000 log streams. */
const LARGE_BYTES = 1024 * 1024;

const [COMMA, BRACKET, BRACE] = [...Buffer.from(',[{')];

/** See `Config`. */
export interface TransportSettings {
  readonly ltsMaxReplyBytes: number;
  readonly ltsProxy: string | null;
}

/** How one call is sent. */
export interface TransportOptions {
  readonly token: string;
  /** Deadline in milliseconds, from name resolution to the last byte. */
  readonly timeoutMs: number;
  /** Gives the call up. */
  readonly signal?: AbortSignal | undefined;
  /** Gives the call up until LTS has answered: what waits for its turn after that takes no place from others. */
  readonly giveWay?: AbortSignal | undefined;
  /** `traceparent`, where the call is traced. */
  readonly traceHeaders: Readonly<Record<string, string>>;
}

/** Moves bytes to and from one LTS; what they mean is decided elsewhere. */
export interface LtsTransport {
  /**
   * Sends one request: no retry, no redirect. It is sent, and a long reply is read, in turns of the caller's; the memory of
   * the reply is the caller's.
   */
  send(
    call: LtsCall<unknown>,
    context: RequestContext,
    options: TransportOptions,
  ): Promise<LtsReply | NoReply>;
  /** Origin of LTS. */
  readonly endpoint: string;
  close(): void;
}

/**
 * A transport by got, with connections that are kept alive for all callers.
 *
 * @param endpoint origin of LTS
 */
export function createLtsTransport(
  endpoint: string,
  { ltsMaxReplyBytes: maxReplyBytes, ltsProxy }: TransportSettings,
): LtsTransport {
  const keepAlive = new KeepAliveAgents(ltsProxy);
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
    async send({ method, path, body }, { memory, waitForTurn }, options) {
      const { token, signal, giveWay, traceHeaders } = options;
      await waitForTurn();
      await keepAlive.closeStale();
      if (signal?.aborted || giveWay?.aborted) return { lost: 'cancelled', wasConnected: false };
      const stream = client.stream(`${endpoint}${path.filled}${path.query}`, {
        method,
        headers: { 'x-auth-token': token, ...traceHeaders },
        // Without a body, got would wait for one to be written; GET has none.
        ...(method !== 'GET' && { body: body ? JSON.stringify(body) : '' }),
      });
      stream.once('request', (request) => keepAlive.closeOnExtraBytes(request));
      const connection = watchConnection(stream, endpoint);
      const { chunks, size, lost, error } = await receive(stream, memory, options, maxReplyBytes);
      let unreadable: LtsReply['unreadable'] = null;
      let text = '';
      try {
        if (lost === 'too_large') unreadable = { largerThan: maxReplyBytes };
        else if (lost) return { lost, wasConnected: connection.wasEstablished };
        else if (error && isUndecodable(error)) unreadable = 'undecodable';
        else if (error) return unreachable(error, connection.wasEstablished);
        if (!unreadable && size > LONG_BYTES) {
          await waitForTurn(size > LARGE_BYTES ? 'large' : 'long');
          if (signal?.aborted) return { lost: 'cancelled', wasConnected: true };
          if (hasTooManyValues(chunks, size)) unreadable = { moreValuesThan: LIMITS.replyValues };
        }
        if (!unreadable) text = Buffer.concat(chunks).toString('utf8');
      } finally {
        if (text === '') memory.shrink(size); // nothing of it is kept
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

interface Received {
  readonly chunks: readonly Buffer[];
  /** Bytes of the chunks. */
  readonly size: number;
  /** Why the request was given up; `null` where it was not. */
  readonly lost: 'late' | 'cancelled' | 'no_memory' | 'too_large' | null;
  /** Of got, or on newer Node.js of the socket. */
  readonly error: Error | null;
}

/**
 * Reads a response to its end, unless that is too late, too large, or not wanted any more.
 *
 * By events, and with one timer for the whole request: async iteration and got's own timeout, which cannot end a request
 * that waits for its tunnel, cost some 25 µs more. Nor by got's own `signal`: it stays in effect after the reply, and its
 * error would end the process then.
 */
function receive(
  stream: Request,
  memory: RequestContext['memory'],
  { timeoutMs, signal, giveWay }: TransportOptions,
  maxReplyBytes: number,
): Promise<Received> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (lost: Received['lost'], error: Error | null = null) => {
      clearTimeout(deadline);
      clearImmediate(late);
      for (const one of [signal, giveWay]) one?.removeEventListener('abort', cancel);
      resolve({ chunks, size, lost, error });
    };
    const giveUp = (reason: Received['lost']) => {
      stream.destroy(); // and with it the connection
      finish(reason);
    };
    const cancel = () => giveUp('cancelled');
    let late: NodeJS.Immediate | undefined;
    const endLate = () => {
      late = setImmediate(giveUp, 'late'); // after what has arrived while the event loop was blocked
    };
    const deadline = setTimeout(endLate, Math.max(1, timeoutMs));
    for (const one of [signal, giveWay]) one?.addEventListener('abort', cancel);
    stream.on('data', (chunk: Buffer) => {
      if (size + chunk.length > maxReplyBytes) return giveUp('too_large');
      if (!memory.grow(chunk.length)) return giveUp('no_memory');
      chunks.push(chunk);
      size += chunk.length;
    });
    stream.once('end', () => finish(null));
    // Stays: one that comes after the reply has nobody else to handle it.
    stream.on('error', (error) => finish(null, error));
  });
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

function unreachable(error: Error, wasConnected: boolean): NoReply {
  const networkError = 'code' in error ? String(error.code) : undefined;
  return { lost: 'unreachable', wasConnected, networkError };
}

/**
 * Whether JSON may have more values than are read: each follows a comma or an opening bracket or brace. Those in texts are
 * counted as well.
 */
function hasTooManyValues(chunks: readonly Buffer[], size: number): boolean {
  if (size <= LIMITS.replyValues) return false;
  let count = 0;
  for (const chunk of chunks) {
    for (const byte of chunk) if (byte === COMMA || byte === BRACKET || byte === BRACE) count += 1;
  }
  return count > LIMITS.replyValues;
}

/** A reply arrived whole, but cannot be decompressed (gzip, brotli, zstd). */
function isUndecodable(error: Error): boolean {
  return 'code' in error && /^(Z_|ERR__ERROR|ZSTD_)/.test(String(error.code));
}
