import type { StoredGroup } from '../../src/embedded-lts/store.ts';
import type { ListedStream, Outcome } from './operations.ts';

/** LTS tells its time to the second: what is no older than that, the gateway cannot call older. */
const SURELY_OLDER_MS = 2_500;

/**
 * What one client was told of its log group, held against what the store holds. Nobody else writes to that
 * group, and the client sends one request after the other: whatever differs was told wrongly.
 */
export class Ledger {
  readonly mismatches: string[] = [];
  readonly #group: StoredGroup;
  /** Told to exist, and never asked to be deleted. */
  readonly #held = new Map<string, string>();
  /** Told not to have been created. */
  readonly #denied = new Set<string>();
  /** A delete was asked for: LTS may have acted, or act yet. */
  readonly #released = new Set<string>();
  /** Listed, but neither held nor released: what came of a create of unknown outcome. */
  readonly #strays = new Set<string>();

  constructor(group: StoredGroup) {
    this.#group = group;
  }

  get size(): number {
    return this.#held.size;
  }

  /** A name that is taken, and for so long that the gateway can tell it from one that this request creates. */
  anyName(): string | undefined {
    const takenBefore = Date.now() - SURELY_OLDER_MS;
    const isOld = (id: string) => (this.#group.streams.get(id)?.creation_time ?? Infinity) < takenBefore;
    return [...this.#held].find(([id]) => isOld(id))?.[1];
  }

  /** The next to delete: a stray, else the oldest. */
  release(): string | undefined {
    const id = this.#strays.values().next().value ?? this.#held.keys().next().value;
    if (id === undefined) return undefined;
    this.#strays.delete(id);
    this.#held.delete(id);
    this.#released.add(id);
    return id;
  }

  told(create: { name: string; isTaken: boolean }, outcome: Outcome): void {
    const { name, isTaken } = create;
    const { __typename, logStreamId = '', kind, message = '', isRetryable } = outcome;
    const says = `${__typename} ${kind ?? logStreamId} of ${name} (${message})`;
    if (__typename === 'LogStreamCreated') {
      this.#expect(!isTaken && this.#group.streams.get(logStreamId)?.log_stream_name === name, says);
      this.#held.set(logStreamId, name);
    } else if (/unknown/.test(message)) {
      this.#expect(isRetryable === false, says);
    } else if (kind === 'ALREADY_EXISTS' || /had been there before/.test(message)) {
      this.#expect(this.#holds(name), says);
    } else if (!isTaken) {
      this.#expect(!this.#holds(name), says);
      this.#denied.add(name);
    }
  }

  toldDeleted(id: string, outcome: Outcome): void {
    if (outcome.__typename !== 'LogStreamDeleted' && outcome.kind !== 'NOT_FOUND') return;
    this.#expect(!this.#group.streams.has(id), `${outcome.__typename} ${outcome.kind ?? ''} of ${id}`);
    this.#released.delete(id);
  }

  toldList(list: readonly ListedStream[]): void {
    const listed = new Map(list.map(({ id, name }) => [id, name]));
    for (const [id, name] of this.#held) this.#expect(listed.get(id) === name, `a list without ${name}`);
    for (const [id, name] of listed) {
      if (this.#held.has(id)) continue;
      this.#expect(this.#group.streams.has(id) || this.#released.has(id), `a list with ${name}`);
      this.#strays.add(id);
    }
  }

  /** To be called when nothing is in flight any more. */
  settle(): void {
    for (const [id, name] of this.#held) this.#expect(this.#group.streams.has(id), `${name} exists`);
    for (const name of this.#denied) this.#expect(!this.#holds(name), `${name} was not created`);
  }

  #holds(name: string): boolean {
    return [...this.#group.streams.values()].some((stream) => stream.log_stream_name === name);
  }

  #expect(isTrue: boolean, told: string): void {
    if (!isTrue) this.mismatches.push(`told: ${told}; the store of ${this.#group.log_group_name} differs`);
  }
}
