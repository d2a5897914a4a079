import type { StoredGroup } from '../../src/embedded-lts/store.ts';
import type { ListedStream, MutationResult } from './graphql-operations.ts';

/**
 * Age from which the gateway recognizes that a log stream existed before a create: it knows LTS's clock only from
 * the `Date` header, to the second.
 */
const MIN_AGE_MS = 2_500;

/**
 * Compares the gateway's responses to one virtual user with the embedded LTS's store. Only this user writes to the
 * log group, and sends one request after the other, so that every difference is a wrong response.
 */
export class ConsistencyChecker {
  readonly mismatches: string[] = [];
  readonly #group: StoredGroup;
  /** Names by ID of the log streams that exist according to the responses, without those being deleted. */
  readonly #existing = new Map<string, string>();
  /** Names that were not created, according to the responses. */
  readonly #notCreated = new Set<string>();
  /** IDs with a delete that was sent, and has not been confirmed: LTS may still execute it. */
  readonly #deleting = new Set<string>();
  /** IDs that were listed though no response confirmed their creation: creates with an unknown outcome. */
  readonly #unconfirmed = new Set<string>();

  constructor(group: StoredGroup) {
    this.#group = group;
  }

  get size(): number {
    return this.#existing.size;
  }

  /** A name of a log stream that the gateway recognizes as older than the next create. */
  anyTakenName(): string | undefined {
    const takenBefore = Date.now() - MIN_AGE_MS;
    const isOld = (id: string) => (this.#group.streams.get(id)?.creation_time ?? Infinity) < takenBefore;
    return [...this.#existing].find(([id]) => isOld(id))?.[1];
  }

  /** The ID of the log stream to delete next, which then counts as being deleted. */
  takeForDelete(): string | undefined {
    const id = this.#unconfirmed.values().next().value ?? this.#existing.keys().next().value;
    if (id === undefined) return undefined;
    this.#unconfirmed.delete(id);
    this.#existing.delete(id);
    this.#deleting.add(id);
    return id;
  }

  checkCreate(request: { name: string; isTaken: boolean }, result: MutationResult): void {
    const { name, isTaken } = request;
    const { __typename, logStreamId = '', kind, outcome, message, isRetryable, existingLogStream } = result;
    const response = `${__typename} ${kind ?? logStreamId} of ${name} (${message})`;
    if (__typename === 'LogStreamCreated') {
      this.#expect(!isTaken && this.#group.streams.get(logStreamId)?.log_stream_name === name, response);
      this.#existing.set(logStreamId, name);
    } else if (outcome === 'UNKNOWN') {
      this.#expect(isRetryable === false, response);
    } else if (kind === 'ALREADY_EXISTS' || existingLogStream) {
      this.#expect(this.#isStored(name), response);
    } else if (!isTaken) {
      this.#expect(!this.#isStored(name), response);
      this.#notCreated.add(name);
    }
  }

  checkDelete(id: string, result: MutationResult): void {
    if (result.__typename !== 'LogStreamDeleted' && result.kind !== 'NOT_FOUND') return;
    this.#expect(!this.#group.streams.has(id), `${result.__typename} ${result.kind ?? ''} of ${id}`);
    this.#deleting.delete(id);
  }

  checkList(list: readonly ListedStream[]): void {
    const listed = new Map(list.map(({ id, name }) => [id, name]));
    for (const [id, name] of this.#existing) this.#expect(listed.get(id) === name, `a list without ${name}`);
    for (const [id, name] of listed) {
      if (this.#existing.has(id)) continue;
      this.#expect(this.#group.streams.has(id) || this.#deleting.has(id), `a list with ${name}`);
      this.#unconfirmed.add(id);
    }
  }

  /** Call it when LTS has finished all operations. */
  checkFinalState(): void {
    for (const [id, name] of this.#existing) this.#expect(this.#group.streams.has(id), `${name} exists`);
    for (const name of this.#notCreated) this.#expect(!this.#isStored(name), `${name} was not created`);
  }

  #isStored(name: string): boolean {
    return [...this.#group.streams.values()].some((stream) => stream.log_stream_name === name);
  }

  #expect(isTrue: boolean, response: string): void {
    if (!isTrue)
      this.mismatches.push(`told: ${response}; the store of ${this.#group.log_group_name} differs`);
  }
}
