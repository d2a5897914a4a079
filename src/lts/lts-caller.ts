import { bodyOf, carriesErrorCode } from './error-body.ts';
import { failureOfReply, isSuccess, LtsFailure, type LtsReply, ownFailure } from './lts-failure.ts';
import type { LtsPath } from './lts-path.ts';
import type { LtsCall, LtsRequest, LtsUpstream } from './lts-upstream.ts';
import { LOOK_UP_MS, type Look, settleCreate } from './settle-create.ts';
import { SharedReads } from './shared-reads.ts';
import type { LtsEdition } from './streams-of-groups.ts';
import { readCreatedId, UnreadableBody } from './wire.ts';

/** What all requests of this process share of one LTS. */
export interface LtsConnection {
  readonly upstream: LtsUpstream;
  readonly reads: SharedReads;
  readonly edition: LtsEdition;
  /** How long after the deadline the outcome of a create may be looked for, in milliseconds. */
  readonly lookUpMs: number;
}

export function shareLts(upstream: LtsUpstream, lookUpMs = LOOK_UP_MS): LtsConnection {
  return { upstream, reads: new SharedReads(upstream), edition: {}, lookUpMs };
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

type Write = Pick<LtsCall, 'path' | 'body'> & { readonly method: 'POST' | 'PUT' | 'DELETE' };

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
  async write<T>(call: Write, read: (body: unknown) => T): Promise<T> {
    const token = this.#token();
    return readReply(await this.#send(call, token), token, read);
  }

  /** A POST that creates. Where its outcome is unknown, the list that it would be in decides. */
  async create<T extends { id: string; name: string; createdAt: Date | null }>(
    call: CreateCall<T>,
  ): Promise<Created<T>> {
    const { path, body, name, what, idField } = call;
    const { upstream, lookUpMs } = this.#connection;
    const token = this.#token();
    const startedAt = Date.now();
    const lookUntil = performance.now() + upstream.timeoutMs + lookUpMs;
    try {
      const reply = await this.#send({ method: 'POST', path, body }, token);
      const id = readReply(reply, token, (created) => readCreatedId(created, idField));
      return { id, answeredAt: reply.date ?? new Date(), record: null };
    } catch (failure) {
      if (!(failure instanceof LtsFailure)) throw failure;
      if (failure.httpStatus === null && !failure.mayHaveTakenEffect) {
        throw failure.concluded('Nothing was created.', true);
      }
      if (!failure.mayHaveTakenEffect) throw failure;
      const look = (timeoutMs: number) =>
        this.#look(call.listPath, call.readList, Math.min(timeoutMs, lookUpMs));
      const lookForMs = lookUntil - performance.now();
      const record = await settleCreate({
        failure,
        name,
        what,
        startedAt,
        lookForMs,
        windowMs: lookUpMs,
        look,
      });
      return { id: record.id, answeredAt: new Date(), record };
    }
  }

  /**
   * A DELETE. Where its outcome is unknown and the thing is in its list no more, it counts as deleted.
   *
   * @param isListed whether the thing is in the list, given that list's body
   */
  async delete(path: LtsPath, listPath: LtsPath, isListed: (body: unknown) => boolean): Promise<void> {
    try {
      await this.write({ method: 'DELETE', path }, () => undefined);
    } catch (failure) {
      if (!(failure instanceof LtsFailure && failure.mayHaveTakenEffect)) throw failure;
      if (await this.#isListed(listPath, isListed)) throw failure;
    }
  }

  async #isListed(listPath: LtsPath, isListed: (body: unknown) => boolean): Promise<boolean> {
    try {
      const { items } = await this.#look(listPath, (body) => [isListed(body)], this.#connection.lookUpMs);
      return items.includes(true);
    } catch (failure) {
      if (!(failure instanceof LtsFailure)) throw failure;
      return failure.kind !== 'NOT_FOUND';
    }
  }

  async #readShared<T>(path: LtsPath, read: (body: unknown) => T): Promise<T> {
    const token = this.#token();
    const reply = await this.#connection.reads.read(token, path, this.#request);
    return readReply(reply, token, read);
  }

  /** A list as it is now, not as somebody else has just asked for it, and whether or not the caller has gone. */
  async #look<T>(path: LtsPath, readList: (body: unknown) => T[], timeoutMs: number): Promise<Look<T>> {
    const token = this.#token();
    const { record } = this.#request;
    const reply = await this.#connection.upstream.call({ method: 'GET', path, token, timeoutMs, record });
    return { items: readReply(reply, token, readList), date: reply.date };
  }

  #send(call: Write, token: string): Promise<LtsReply> {
    this.#lists.clear();
    this.#connection.reads.forget(token);
    return this.#connection.upstream.call({ ...call, token, record: this.#request.record });
  }

  #token(): string {
    if (this.#givenToken === null) throw ownFailure('GATEWAY.UNAUTHENTICATED');
    return this.#givenToken;
  }
}

/** What a reply says, or LtsFailure when it is no success or cannot be read. */
function readReply<T>(reply: LtsReply, token: string, read: (body: unknown) => T): T {
  const body = bodyOf(reply);
  if (!isSuccess(reply.status) || carriesErrorCode(body)) throw failureOfReply(reply, token);
  try {
    return read(body);
  } catch (error) {
    throw error instanceof UnreadableBody ? failureOfReply(reply, token) : error;
  }
}
