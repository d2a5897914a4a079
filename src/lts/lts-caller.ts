import { LONG_LIST, turnOfLongList } from './long-lists.ts';
import type { Answer, LtsClient, LtsRequest, WriteCall } from './lts-client.ts';
import { LtsFailure, ownFailure } from './lts-failure.ts';
import type { LtsPath } from './lts-path.ts';
import {
  type ListSnapshot,
  RECONCILE_TIMES,
  type ReconcileTimes,
  reconcileCreate,
} from './reconcile-create.ts';
import { SharedReads } from './shared-reads.ts';
import { readCreatedId } from './wire.ts';

/** What a list of log streams answers when their log group does not exist. No other answer proves a deletion. */
const GROUP_GONE = 'LTS.0201';

/** What all requests of this process share of one LTS. */
export interface LtsConnection {
  readonly client: LtsClient;
  readonly reads: SharedReads;
  readonly reconcileTimes: ReconcileTimes;
}

export function shareLts(client: LtsClient, reconcileTimes = RECONCILE_TIMES): LtsConnection {
  return { client, reads: new SharedReads(client), reconcileTimes };
}

/** A create, with all it takes to find out what became of it. */
export interface CreateCall<T> {
  readonly path: LtsPath;
  readonly body: Record<string, unknown>;
  readonly name: string;
  /** What it is, for messages: `log stream`. */
  readonly what: string;
  readonly idField: 'log_stream_id' | 'log_group_id';
  readonly listPath: LtsPath;
  readonly readList: (body: unknown) => T[];
}

export interface Created<T> {
  readonly id: string;
  /** When LTS said so, to the second. */
  readonly answeredAt: Date;
  /** What LTS's list says of it, where the outcome was looked up. */
  readonly record: T | null;
}

/** How one request calls LTS: with its token, each list read once, no write sent twice. */
export class LtsCaller {
  readonly #connection: LtsConnection;
  readonly #givenToken: string | null;
  readonly #request: LtsRequest;
  readonly #lists = new Map<string, Promise<unknown>>();

  constructor(connection: LtsConnection, token: string | null, request: LtsRequest) {
    this.#connection = connection;
    this.#givenToken = token;
    this.#request = request;
  }

  /** A GET, shared with whoever asks the same: in this request for good, in others while it is in flight. */
  read<T>(path: LtsPath, read: (body: unknown) => T): Promise<T> {
    const known = this.#lists.get(path.filled) as Promise<T> | undefined;
    if (known) return known;
    const list = this.#readShared(path, read);
    this.#lists.set(path.filled, list);
    return list;
  }

  /** One POST, PUT or DELETE, sent once. What was read before does not count any more. */
  async write<T>(call: WriteCall<T>): Promise<Answer<T>> {
    const token = this.#token();
    this.#lists.clear();
    this.#connection.reads.forget(token);
    return this.#connection.client.send(call, { token, record: this.#request.record });
  }

  /** A POST that creates. Where its outcome is unknown, the list that it would be in decides. */
  async create<T extends { id: string; name: string; createdAt: Date | null }>(
    call: CreateCall<T>,
  ): Promise<Created<T>> {
    const { path, body, name, what, idField } = call;
    const startedAt = Date.now();
    this.#token(); // without one, nothing need be said of what became of the create
    try {
      const read = (created: unknown) => readCreatedId(created, idField);
      const { value, date } = await this.write({ method: 'POST', path, body, read });
      return { id: value, answeredAt: date ?? new Date(), record: null };
    } catch (failure) {
      if (!(failure instanceof LtsFailure)) throw failure;
      if (failure.httpStatus === null && !failure.mayHaveTakenEffect) {
        throw failure.withOutcome('Nothing was created.', true);
      }
      if (!failure.mayHaveTakenEffect) throw failure;
      const record = await reconcileCreate({
        failure,
        name,
        what,
        startedAt,
        times: this.#connection.reconcileTimes,
        list: (timeoutMs) => this.#listNow(call.listPath, call.readList, timeoutMs),
      });
      return { id: record.id, answeredAt: new Date(), record };
    }
  }

  /**
   * A DELETE. Where its outcome is unknown, and the thing is not in its list or its log group has gone, it counts as
   * deleted.
   *
   * @param isListed whether the thing is in the list, given that list's body
   */
  async delete(path: LtsPath, listPath: LtsPath, isListed: (body: unknown) => boolean): Promise<void> {
    try {
      await this.write({ method: 'DELETE', path, read: () => undefined });
    } catch (failure) {
      if (!(failure instanceof LtsFailure && failure.mayHaveTakenEffect)) throw failure;
      if (await this.#isListed(listPath, isListed)) throw failure;
    }
  }

  async #isListed(listPath: LtsPath, isListed: (body: unknown) => boolean): Promise<boolean> {
    try {
      const { lastListMs } = this.#connection.reconcileTimes;
      const { items } = await this.#listNow(listPath, (body) => [isListed(body)], lastListMs);
      return items.includes(true);
    } catch (failure) {
      if (!(failure instanceof LtsFailure)) throw failure;
      return failure.code !== GROUP_GONE;
    }
  }

  async #readShared<T>(path: LtsPath, read: (body: unknown) => T): Promise<T> {
    const token = this.#token();
    const value = await this.#connection.reads.read({ method: 'GET', path, read }, token, this.#request);
    if (Array.isArray(value) && value.length >= LONG_LIST) await turnOfLongList();
    return value;
  }

  /** A list as it is now, not as somebody else has just asked for it, and whether or not the caller has gone. */
  async #listNow<T>(
    path: LtsPath,
    read: (body: unknown) => T[],
    timeoutMs: number,
  ): Promise<ListSnapshot<T>> {
    const options = { token: this.#token(), record: this.#request.record, timeoutMs };
    const { value, date } = await this.#connection.client.send({ method: 'GET', path, read }, options);
    return { items: value, date };
  }

  #token(): string {
    if (this.#givenToken === null) throw ownFailure('GATEWAY.UNAUTHENTICATED');
    return this.#givenToken;
  }
}
