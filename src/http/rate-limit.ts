import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { tokenOf } from '../graphql/context.ts';
import { hashOf } from '../lts/token.ts';
import { type Count, MemoryCounts } from './memory-counts.ts';

const WINDOW_MS = 60_000;

/** How long the shared store may take to answer, in milliseconds: no request waits longer for its count. */
const STORE_TIMEOUT_MS = 500;

export interface RateLimitOptions {
  /** Requests a minute for each token, or for each address without one; 0 is no limit. */
  readonly perMinute: number;
  /** Valkey or Redis that counts for several gateways together; `null` counts in memory. */
  readonly url: string | null;
  readonly log: Logger;
}

/**
 * Answers 429 with `Retry-After` to whoever asks too often. While the shared store is down nobody is refused:
 * a missing count shall not keep people from their logs.
 */
export async function limitRate(scope: FastifyInstance, options: RateLimitOptions): Promise<void> {
  if (options.perMinute === 0) return;
  const redis = options.url === null ? null : await connect(options.url, options.log);
  await scope.register(rateLimit, {
    max: options.perMinute,
    timeWindow: WINDOW_MS,
    keyGenerator: callerOf,
    nameSpace: 'lts-gateway:',
    skipOnError: true,
    ...(redis ? { redis } : { store: MemoryStore }),
    errorResponseBuilder: () => Object.assign(new Error(), { statusCode: 429, code: 'RATE_LIMITED' }),
  });
  scope.addHook('onClose', async () => redis?.disconnect());
}

class MemoryStore {
  readonly #counts = new MemoryCounts(WINDOW_MS);

  incr(key: string, callback: (error: null, count: Count) => void): void {
    callback(null, this.#counts.increment(key));
  }

  child(): this {
    return this;
  }
}

function callerOf(request: FastifyRequest): string {
  const token = tokenOf(request.headers);
  return token === null ? `address:${request.ip}` : `token:${hashOf(token)}`;
}

async function connect(url: string, log: Logger): Promise<Redis> {
  const { Redis } = await import('ioredis');
  const redis = new Redis(url, {
    connectTimeout: STORE_TIMEOUT_MS,
    commandTimeout: STORE_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
  });
  let isDown = false;
  redis.on('ready', () => {
    if (isDown) log.warn('the rate limit counts again');
    isDown = false;
  });
  redis.on('error', (err: Error) => {
    if (!isDown)
      log.warn({ err: { message: err.message } }, 'the rate limit does not count: its store is down');
    isDown = true;
  });
  return redis;
}
