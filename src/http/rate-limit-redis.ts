import { setTimeout as sleep } from 'node:timers/promises';
import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import type { Logger } from 'pino';
import type { Count } from './rate-limit.ts';

/** How long a request waits for its count, in milliseconds. */
const TIMEOUT_MS = 50;
/** How long Redis is not used after a failure, in milliseconds; then one request tries. */
const RETRY_AFTER_MS = 5_000;
/** How long the start of the gateway waits for the connection, in milliseconds. */
const CONNECT_MS = 500;

const COUNT = `
  redis.call('SET', KEYS[1], 0, 'PX', ARGV[1], 'NX')
  return { redis.call('INCR', KEYS[1]), redis.call('PTTL', KEYS[1]) }
`;

/** Counts that several gateways share. */
export interface RedisCounts {
  /** `null` while Redis does not answer. */
  increment(key: string): Promise<Count | null>;
  close(): void;
}

/**
 * Counts requests by key in Valkey or Redis, in windows of fixed length; a key's begins with its first request.
 *
 * When Redis refuses connections, hangs or is not there, requests wait 50 ms at most, and not more than one every 5
 * seconds. The log has a line when that begins and one when it is over.
 *
 * @param url `redis://…` or `rediss://…`
 */
export async function connectRedisCounts(url: string, windowMs: number, log: Logger): Promise<RedisCounts> {
  const { Redis } = await import('ioredis');
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: RETRY_AFTER_MS,
    socketTimeout: RETRY_AFTER_MS, // a connection whose other end has vanished is replaced
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
  });
  const breaker = circuitBreaker(handleAll, {
    halfOpenAfter: RETRY_AFTER_MS,
    breaker: new ConsecutiveBreaker(1),
  });

  let isDown = false;
  const logFailure = (error: Error) => {
    if (!isDown)
      log.warn(
        { err: { message: error.message } },
        'the rate limit is counted by each gateway alone: its store is down',
      );
    isDown = true;
  };
  const logRecovery = () => {
    if (isDown) log.warn('the rate limit is counted by all gateways together again');
    isDown = false;
  };
  breaker.onBreak((reason) => 'error' in reason && logFailure(reason.error));
  breaker.onReset(logRecovery);
  redis.on('error', logFailure);
  redis.on('ready', () => {
    if (breaker.state === CircuitState.Closed) logRecovery(); // no request has noticed the failure
  });

  const count = async (key: string): Promise<Count> => {
    const reply = await redis.eval(COUNT, 1, key, windowMs);
    const [current, ttl] = Array.isArray(reply) ? reply : [];
    if (!Number.isSafeInteger(current) || !Number.isSafeInteger(ttl))
      throw new Error('no count in its reply');
    return { current, ttl };
  };

  const connected = redis.connect().catch(() => {}); // 'error' logs it
  await Promise.race([connected, sleep(CONNECT_MS, undefined, { ref: false })]);
  return {
    async increment(key) {
      // While one request tries, the others do not wait for it.
      if (breaker.state === CircuitState.HalfOpen) return null;
      try {
        return await breaker.execute(() => withTimeout(count(key)));
      } catch {
        return null;
      }
    },
    close: () => redis.disconnect(),
  };
}

/** Rejects after 50 ms, but not before what has arrived meanwhile was read: the process itself may have been late. */
function withTimeout<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new Error(`no answer in ${TIMEOUT_MS} ms`));
    const timer = setTimeout(() => setImmediate(giveUp), TIMEOUT_MS);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
