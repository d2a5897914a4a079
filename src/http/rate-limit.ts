import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { tokenOf } from '../graphql/context.ts';
import { hashOf } from '../lts/token.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { AddressOf } from './caller-address.ts';
import { type Count, MemoryCounts } from './memory-counts.ts';
import { connectSharedCounts, type SharedCounts } from './shared-counts.ts';

const WINDOW_MS = 60_000;
/** How the key of a caller begins who is counted by address. */
const ADDRESS = 'address:';

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
 * Answers 429 with `Retry-After` to whoever asks too often. While the shared store is down, each gateway goes by what
 * it has counted itself.
 */
export async function limitRate(scope: FastifyInstance, options: RateLimitOptions): Promise<void> {
  const { perToken, perAddress, addressOf, url, log, metrics } = options;
  if (perToken === 0 && perAddress === 0) return;
  const shared = url === null ? null : await connectSharedCounts(url, WINDOW_MS, log);
  scope.addHook('onClose', async () => shared?.close());
  const logged = new MemoryCounts(WINDOW_MS);

  const limit = (setting: string, max: number, keyOf: (request: FastifyRequest) => string) =>
    scope.register(rateLimit, {
      max,
      timeWindow: WINDOW_MS,
      keyGenerator: keyOf,
      store: storeOf(shared, `lts-gateway:${setting}:`),
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

  // The address is counted first: otherwise a caller that invents tokens could fill the memory with their counts.
  if (perAddress > 0) await limit('RATE_LIMIT_ADDRESS', perAddress, addressKey);
  if (perToken > 0) {
    await limit('RATE_LIMIT', perToken, (request) => {
      const token = tokenOf(request.headers);
      return token === null ? addressKey(request) : `token:${hashOf(token)}`;
    });
  }
}

/**
 * Counts in memory and, where there is a shared store, there as well: when that fails, a caller who has used up the
 * limit here is refused all the same.
 */
function storeOf(shared: SharedCounts | null, prefix: string) {
  const own = new MemoryCounts(WINDOW_MS);
  return class {
    incr(key: string, callback: (error: null, count: Count) => void): void {
      const count = own.increment(key);
      if (shared === null) callback(null, count);
      else shared.increment(prefix + key).then((together) => callback(null, together ?? count));
    }

    child(): this {
      return this;
    }
  };
}
