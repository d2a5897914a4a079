import { setTimeout as sleep } from 'node:timers/promises';
import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import type { Logger } from 'pino';
import type { Count } from './memory-counts.ts';

/** How long a request waits for its count, in milliseconds. */
const TIMEOUT_MS = 50;
/** How long Redis is not asked after it has failed, in milliseconds; then one request tries. */
const RETRY_AFTER_MS = 5_000;
/** How long a start waits for the connection, in milliseconds. */
const START_MS = 500;

const COUNT = `
  redis.call('SET', KEYS[1], 0, 'PX', ARGV[1], 'NX')
  return { redis.call('INCR', KEYS[1]), redis.call('PTTL', KEYS[1]) }
`;

/** Counts of several gateways together. */
export interface SharedCounts {
  /** `null` while Redis does not answer. */
  increment(key: string): Promise<Count | null>;
  close(): void;
}

/**
 * Counts requests by key in Valkey or Redis, in windows of fixed length; a key's begins with its first request.
 *
 * When Redis refuses, hangs or is gone, requests find out within 50 ms, and no more than one of them every 5 seconds.
 * The log has a line when that begins and one when it is over.
 *
 * @param url `redis://…` or `rediss://…`
 */
export async function connectSharedCounts(url: string, windowMs: number, log: Logger): Promise<SharedCounts> {
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
  const fails = (error: Error) => {
    if (!isDown)
      log.warn(
        { err: { message: error.message } },
        'the rate limit is counted by each gateway alone: its store is down',
      );
    isDown = true;
  };
  const answers = () => {
    if (isDown) log.warn('the rate limit is counted by all gateways together again');
    isDown = false;
  };
  breaker.onBreak((reason) => 'error' in reason && fails(reason.error));
  breaker.onReset(answers);
  redis.on('error', fails);
  redis.on('ready', () => {
    if (breaker.state === CircuitState.Closed) answers(); // no request has noticed
  });

  const count = async (key: string): Promise<Count> => {
    const [current, ttl] = (await redis.eval(COUNT, 1, key, windowMs)) as [number, number];
    return { current, ttl };
  };

  const connected = redis.connect().catch(() => {}); // told by 'error'
  await Promise.race([connected, sleep(START_MS, undefined, { ref: false })]);
  return {
    async increment(key) {
      // While one request tries, the others do not wait for it.
      if (breaker.state === CircuitState.HalfOpen) return null;
      try {
        return await breaker.execute(() => inTime(count(key)));
      } catch {
        return null;
      }
    },
    close: () => redis.disconnect(),
  };
}

/** Rejects after 50 ms, but not before what came in meanwhile has been read: the process itself may have been late. */
function inTime<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new Error(`no answer in ${TIMEOUT_MS} ms`));
    const timer = setTimeout(() => setImmediate(giveUp), TIMEOUT_MS);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
