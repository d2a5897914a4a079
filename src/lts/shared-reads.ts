import { setTimeout as sleep } from 'node:timers/promises';
import { LtsErrorKind } from './failure-kinds.ts';
import type { Answer, CallOptions, LtsClient, LtsRequest, ReadCall } from './lts-client.ts';
import { LtsFailure } from './lts-failure.ts';
import { hashOf } from './token.ts';

/** Pause before the one retry of a read, in milliseconds, the half of it random: so that retries do not arrive together. */
const RETRY_PAUSE_MS = 100;

interface Flight {
  readonly answer: Promise<Answer<unknown>>;
  readonly abandon: AbortController;
  waiting: number;
}

/**
 * GETs to LTS for all requests of this process: those from the same token for the same path, while one is in
 * flight, share that one. Nothing is kept once it has landed.
 */
export class SharedReads {
  readonly #client: LtsClient;
  readonly #inFlight = new Map<string, Map<string, Flight>>();

  constructor(client: LtsClient) {
    this.#client = client;
  }

  /**
   * @param call whoever asks for the same path reads it in the same way
   * @param request its `gone` ends the wait; the call itself ends when nobody waits for it any more
   * @throws LtsFailure
   */
  async read<T>(call: ReadCall<T>, token: string, { gone, record }: LtsRequest): Promise<T> {
    const flight = this.#join(call, { token, record });
    const leave = () => {
      flight.waiting -= 1;
      if (flight.waiting === 0) flight.abandon.abort();
    };
    gone.addEventListener('abort', leave, { once: true });
    try {
      return (await flight.answer).value as T;
    } finally {
      gone.removeEventListener('abort', leave);
    }
  }

  /** To be called before a write: a read that began before it must not answer one that begins after it. */
  forget(token: string): void {
    this.#inFlight.delete(hashOf(token));
  }

  #join(call: ReadCall<unknown>, options: CallOptions): Flight {
    const hash = hashOf(options.token);
    const key = call.path.filled;
    const flights = this.#inFlight.get(hash) ?? new Map<string, Flight>();
    this.#inFlight.set(hash, flights);
    const joined = flights.get(key);
    if (joined && joined.waiting > 0) {
      joined.waiting += 1;
      return joined;
    }
    const abandon = new AbortController();
    const answer = this.#readWithRetry(call, { ...options, signal: abandon.signal });
    const flight = { answer, abandon, waiting: 1 };
    flights.set(key, flight);
    const land = () => {
      if (flights.get(key) === flight) flights.delete(key);
      if (flights.size === 0 && this.#inFlight.get(hash) === flights) this.#inFlight.delete(hash);
    };
    answer.then(land, land);
    return flight;
  }

  /** Takes reads alone: a write must not be sent twice. */
  async #readWithRetry(call: ReadCall<unknown>, options: CallOptions): Promise<Answer<unknown>> {
    const giveUpAt = performance.now() + this.#client.timeoutMs;
    try {
      return await this.#client.send(call, options);
    } catch (error) {
      const pauseMs = RETRY_PAUSE_MS / 2 + Math.random() * (RETRY_PAUSE_MS / 2);
      const leftMs = giveUpAt - performance.now() - pauseMs;
      if (!isWorthARetry(error) || leftMs <= 0) throw error;
      await sleep(pauseMs);
      if (options.signal?.aborted) throw error;
      return this.#client.send(call, { ...options, timeoutMs: leftMs });
    }
  }
}

function isWorthARetry(error: unknown): boolean {
  return (
    error instanceof LtsFailure &&
    error.kind === LtsErrorKind.UNAVAILABLE &&
    error.code !== 'GATEWAY.OVERLOADED'
  );
}
