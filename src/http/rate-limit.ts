import createError from '@fastify/error';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { LIMITS } from '../limits.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { connectRedisCounts, type RedisCounts } from './rate-limit-redis.ts';

const WINDOW_MS = 60_000;

const RateLimited = createError(
  'RATE_LIMITED',
  'Too many requests. The Retry-After header says in how many seconds to try again.',
  429,
);

/** Prefix of the key of a caller who is counted by address. */
const ADDRESS_PREFIX = 'address:';

/** See `Config`. */
export interface RateLimitSettings {
  readonly rateLimit: number;
  readonly rateLimitAddress: number;
  readonly rateLimitUrl: string | null;
}

/** Answers 429 with `Retry-After` to whoever sends too many requests. */
export async function registerRateLimit(
  scope: FastifyInstance,
  { rateLimit: perToken, rateLimitAddress: perAddress, rateLimitUrl }: RateLimitSettings,
  { log, metrics }: { readonly log: Logger; readonly metrics: Metrics },
): Promise<void> {
  if (perToken === 0 && perAddress === 0) return;
  const redis = rateLimitUrl === null ? null : await connectRedisCounts(rateLimitUrl, WINDOW_MS, log);
  scope.addHook('onClose', async () => redis?.close());
  const logged = new MemoryCounts(WINDOW_MS);

  const limit = (setting: string, max: number, keyOf: (request: FastifyRequest) => string) =>
    scope.register(rateLimit, {
      max,
      timeWindow: WINDOW_MS,
      keyGenerator: keyOf,
      store: createStore(redis, `lts-gateway:${setting}:`),
      onExceeded(request, key) {
        const { caller, summary } = request.requestContext;
        const by = key.startsWith(ADDRESS_PREFIX) ? 'address' : 'token';
        summary.refusal = `rate_limit_${by}`;
        metrics.refusals.inc({ reason: summary.refusal });
        // Behind a proxy that is not trusted, everybody is refused: one line a minute for each address says so.
        if (by === 'token' || logged.increment(`${setting}:${key}`).current > 1) return;
        log.warn(
          { address: caller.address, setting, perMinute: max },
          `too many requests from one address: see ${setting}, and TRUSTED_PROXIES if it is a proxy's`,
        );
      },
      errorResponseBuilder: () => new RateLimited(),
    });
  const addressKey = (request: FastifyRequest) => `${ADDRESS_PREFIX}${request.requestContext.caller.address}`;

  // By address first: otherwise a caller that invents tokens could fill the memory with their counts.
  if (perAddress > 0) await limit('RATE_LIMIT_ADDRESS', perAddress, addressKey);
  if (perToken > 0) {
    await limit('RATE_LIMIT', perToken, (request) => {
      const { tokenHash } = request.requestContext.caller;
      return tokenHash === null ? addressKey(request) : `token:${tokenHash}`;
    });
  }
}

/**
 * A store for `@fastify/rate-limit`. It always counts in memory, and in Redis as well where there is one: when Redis
 * fails, a caller who has used up the limit at this gateway is refused all the same.
 */
function createStore(redis: RedisCounts | null, prefix: string) {
  const memory = new MemoryCounts(WINDOW_MS);
  return class {
    incr(key: string, callback: (error: null, count: Count) => void): void {
      const count = memory.increment(key);
      if (redis === null) callback(null, count);
      else redis.increment(prefix + key).then((shared) => callback(null, shared ?? count));
    }

    child(): this {
      return this;
    }
  };
}

/** What `@fastify/rate-limit` gets from its store. */
export interface Count {
  /** Requests in the window so far, this one included. */
  readonly current: number;
  /** What is left of the window, in milliseconds. */
  readonly ttl: number;
}

interface Window {
  count: number;
  readonly endsAt: number;
}

/**
 * Counts requests by key, in windows of fixed length; a key's begins with its first request.
 *
 * A count is never removed before its window ends; otherwise a caller with many keys could reset those of others.
 * While there are too many keys, a new one is not counted. Ended windows are removed all together: deleting them one by
 * one from the front of a Map takes time in proportion to all that were deleted before.
 */
class MemoryCounts {
  readonly #windowMs: number;
  #older = new Map<string, Window>();
  #newer = new Map<string, Window>();
  #newerSince = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  increment(key: string): Count {
    const now = performance.now();
    this.#removeEnded(now);
    const window = this.#windowOf(key, now);
    window.count += 1;
    // A new object: it is read later, when more may have been counted.
    return { current: window.count, ttl: window.endsAt - now };
  }

  #windowOf(key: string, now: number): Window {
    const known = this.#newer.get(key) ?? this.#older.get(key);
    if (known !== undefined && known.endsAt > now) return known;
    const window = { count: 0, endsAt: now + this.#windowMs };
    if (this.#newer.size + this.#older.size < LIMITS.countedCallers) this.#newer.set(key, window);
    return window;
  }

  /** Every window in the older half has ended when that half is as old as a window is long. */
  #removeEnded(now: number): void {
    if (now - this.#newerSince < this.#windowMs) return;
    this.#older = this.#newer;
    this.#newer = new Map();
    this.#newerSince = now;
  }
}
