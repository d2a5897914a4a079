import { LIMITS } from '../limits.ts';

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
export class MemoryCounts {
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
