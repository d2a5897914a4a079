import http from 'node:http';
import https from 'node:https';
import got, { RequestError, TimeoutError } from 'got';
import { failureOfReply, type LtsReply, ownFailure } from './lts-failure.ts';

/** Largest answer that is read, in bytes after decompression. */
const LARGEST_REPLY = 1024 * 1024;

/** Documented as mandatory on every call; LTS or its firewall refuses even a GET or DELETE without it. */
const CONTENT_TYPE = 'application/json;charset=UTF-8';

export interface LtsCall {
  readonly method: 'GET' | 'POST';
  /** Path from the root, its variable segments already checked to be plain. */
  readonly path: string;
  readonly token: string;
  readonly body?: Record<string, unknown>;
}

/** The way to one LTS: connections kept alive for all callers, tokens given call by call. */
export interface LtsUpstream {
  /**
   * Makes one call: no retry, no redirect.
   *
   * @returns the answer, whatever its status
   * @throws LtsFailure when no answer came, or one larger than 1 MiB
   */
  call(call: LtsCall): Promise<LtsReply>;
  close(): void;
}

/**
 * @param endpoint origin of LTS
 * @param timeoutMs deadline of one call in milliseconds, from name resolution to the last byte
 */
export function connectToLts(endpoint: string, timeoutMs: number): LtsUpstream {
  const agents = {
    http: new http.Agent({ keepAlive: true }),
    https: new https.Agent({ keepAlive: true }),
  };
  const client = got.extend({
    agent: agents,
    timeout: { request: timeoutMs },
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
    async call({ method, path, token, body }) {
      const stream = client.stream(`${endpoint}${path}`, {
        method,
        headers: { 'x-auth-token': token },
        ...(body && { body: JSON.stringify(body) }),
      });
      const chunks: Buffer[] = [];
      let size = 0;
      try {
        for await (const chunk of stream as AsyncIterable<Buffer>) {
          size += chunk.length;
          if (size > LARGEST_REPLY) break; // leaving the loop destroys the stream, and with it the connection
          chunks.push(chunk);
        }
      } catch (error) {
        if (!isUndecodable(error)) throw failureOfError(error);
        size = Number.POSITIVE_INFINITY;
      }
      const unreadable = size > LARGEST_REPLY;
      const reply = {
        status: stream.response?.statusCode ?? 0,
        requestId: stream.response?.headers['x-request-id']?.toString() ?? null,
        body: unreadable ? '' : Buffer.concat(chunks).toString('utf8'),
      };
      if (unreadable) throw failureOfReply(reply, token);
      return reply;
    },
    close() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

/** What got throws when no complete answer came; anything else is our own bug and passes through. */
function failureOfError(error: unknown): unknown {
  if (!(error instanceof RequestError)) return error;
  // Until the connection stood, nothing of the request had left this machine.
  const mayHaveTakenEffect = error.timings?.connect !== undefined;
  return ownFailure(error instanceof TimeoutError ? 'GATEWAY.TIMEOUT' : 'GATEWAY.UNREACHABLE', {
    mayHaveTakenEffect,
  });
}

/** An answer came whole, but gzip, brotli or zstd could not read it. */
function isUndecodable(error: unknown): boolean {
  return error instanceof RequestError && /^(Z_|ERR__ERROR|ZSTD_)/.test(error.code);
}
