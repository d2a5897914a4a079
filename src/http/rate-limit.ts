import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { tokenOf } from '../graphql/context.ts';
import { hashOf } from '../lts/token.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { AddressOf } from './caller-address.ts';
import { type Count, MemoryCounts } from './memory-counts.ts';

const WINDOW_MS = 60_000;
/** How the key of a caller begins who is counted by address. */
const ADDRESS = 'address:';

/** How long the shared store may take to answer, in milliseconds: no request waits longer for its count. */
const STORE_TIMEOUT_MS = 500;

export interface RateLimitOptions {
  /** Requests a minute for each token, or for each address without one; 0 is no limit. */
  readonly perToken: number;
  /** Requests a minute for each address, whatever tokens they come with; 0 is no limit. */
  readonly perAddress: number;
  readonly addressOf: AddressOf;
  /** Valkey or Redis that counts for several gateways together; `null` counts in memory. */
  readonly url: string | null;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/**
 * Answers 429 with `Retry-After` to whoever asks too often. While the shared store is down nobody is refused:
 * a missing count shall not keep people from their logs.
 */
export async function limitRate(scope: FastifyInstance, options: RateLimitOptions): Promise<void> {
  const { perToken, perAddress, addressOf, url, log, metrics } = options;
  if (perToken === 0 && perAddress === 0) return;
  const redis = url === null ? null : await connect(url, log);
  scope.addHook('onClose', async () => redis?.disconnect());
  const logged = new MemoryCounts(WINDOW_MS);

  const limit = (setting: string, max: number, keyOf: (request: FastifyRequest) => string) =>
    scope.register(rateLimit, {
      max,
      timeWindow: WINDOW_MS,
      keyGenerator: keyOf,
      nameSpace: `lts-gateway:${setting}:`,
      skipOnError: true,
      ...(redis ? { redis } : { store: MemoryStore }),
      onExceeded(_request, key) {
        const by = key.startsWith(ADDRESS) ? 'address' : 'token';
        metrics.rateLimited.inc({ by });
        // Behind a proxy that is not known as one, this refuses everybody.
        if (by === 'token' || logged.increment(`${setting}:${key}`).current > 1) return;
        const address = key.slice(ADDRESS.length);
        log.warn(
          { address, setting, perMinute: max },
          `too many requests from one address: see ${setting}, and TRUSTED_PROXIES if it is a proxy's`,
        );
      },
      errorResponseBuilder: () => Object.assign(new Error(), { statusCode: 429, code: 'RATE_LIMITED' }),
    });
  const addressKey = (request: FastifyRequest) => `${ADDRESS}${addressOf(request.raw)}`;

  // The address comes first: whoever makes up tokens shall not fill the memory with their counts.
  if (perAddress > 0) await limit('RATE_LIMIT_ADDRESS', perAddress, addressKey);
  if (perToken > 0) {
    await limit('RATE_LIMIT', perToken, (request) => {
      const token = tokenOf(request.headers);
      return token === null ? addressKey(request) : `token:${hashOf(token)}`;
    });
  }
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
