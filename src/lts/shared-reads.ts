import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestRecord } from '../telemetry/request-record.ts';
import { LtsErrorKind } from './failure-kinds.ts';
import { failureOfReply, isSuccess, type LtsFailure, type LtsReply } from './lts-failure.ts';
import type { LtsPath } from './lts-path.ts';
import type { LtsCall, LtsRequest, LtsUpstream } from './lts-upstream.ts';
import { hashOf } from './token.ts';

/** Pause before the one retry of a read, in milliseconds, the half of it random: callers shall not come in step. */
const RETRY_PAUSE_MS = 100;

interface Flight {
  readonly reply: Promise<LtsReply>;
  readonly abandon: AbortController;
  waiting: number;
}

/**
 * GETs to LTS for all requests of this process: those from the same token for the same path, while one is in
 * flight, share that one. Nothing is kept once it has landed.
 */
export class SharedReads {
  readonly #upstream: LtsUpstream;
  readonly #inFlight = new Map<string, Map<string, Flight>>();

  constructor(upstream: LtsUpstream) {
    this.#upstream = upstream;
  }

  /**
   * @param request its `gone` ends the wait; the call itself ends when nobody waits for it any more
   * @returns a reply of status 2xx
   * @throws LtsFailure
   */
  async read(token: string, path: LtsPath, { gone, record }: LtsRequest): Promise<LtsReply> {
    const flight = this.#join(token, path, record);
    const leave = () => {
      flight.waiting -= 1;
      if (flight.waiting === 0) flight.abandon.abort();
    };
    gone.addEventListener('abort', leave, { once: true });
    try {
      return await flight.reply;
    } finally {
      gone.removeEventListener('abort', leave);
    }
  }

  /** To be called before a write: a read that began before it must not answer one that begins after it. */
  forget(token: string): void {
    this.#inFlight.delete(hashOf(token));
  }

  #join(token: string, path: LtsPath, record: RequestRecord): Flight {
    const hash = hashOf(token);
    const flights = this.#inFlight.get(hash) ?? new Map<string, Flight>();
    this.#inFlight.set(hash, flights);
    const joined = flights.get(path.filled);
    if (joined && joined.waiting > 0) {
      joined.waiting += 1;
      return joined;
    }
    const abandon = new AbortController();
    const reply = this.#readWithRetry({ method: 'GET', token, path, record, signal: abandon.signal });
    const flight = { reply, abandon, waiting: 1 };
    flights.set(path.filled, flight);
    const land = () => {
      if (flights.get(path.filled) === flight) flights.delete(path.filled);
      if (flights.size === 0 && this.#inFlight.get(hash) === flights) this.#inFlight.delete(hash);
    };
    reply.then(land, land);
    return flight;
  }

  async #readWithRetry(call: LtsCall): Promise<LtsReply> {
    const giveUpAt = performance.now() + this.#upstream.timeoutMs;
    try {
      return await this.#readOnce(call);
    } catch (error) {
      const pauseMs = RETRY_PAUSE_MS / 2 + Math.random() * (RETRY_PAUSE_MS / 2);
      const leftMs = giveUpAt - performance.now() - pauseMs;
      const { kind, code } = error as LtsFailure;
      if (kind !== LtsErrorKind.UNAVAILABLE || code === 'GATEWAY.OVERLOADED' || leftMs <= 0) throw error;
      await sleep(pauseMs);
      if (call.signal?.aborted) throw error;
      return this.#readOnce({ ...call, timeoutMs: leftMs });
    }
  }

  async #readOnce(call: LtsCall): Promise<LtsReply> {
    const reply = await this.#upstream.call(call);
    if (!isSuccess(reply.status)) throw failureOfReply(reply, call.token);
    return reply;
  }
}
