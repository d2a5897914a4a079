import type { KeyValueCache } from '@apollo/utils.keyvaluecache';
import { LRUCache } from 'lru-cache';

/** Memory of an entry without its value, in bytes: the key, and the entry in the cache's own maps. */
const ENTRY_BYTES = 500;
/** Memory of a value in bytes for each character of its JSON: documents were measured to take 2.6. */
const BYTES_PER_CHARACTER = 3;

/**
 * A cache of what callers have sent, bounded in bytes. The least recently used entry is removed first.
 *
 * It keeps copies: a string that was cut out of a request keeps that whole request in memory.
 */
export class BoundedCache<V extends object | string> implements KeyValueCache<V> {
  readonly #entries: LRUCache<string, V>;

  /** @param maxBytes memory of all entries together, by the estimates above */
  constructor(maxBytes: number) {
    this.#entries = new LRUCache({ maxSize: maxBytes });
  }

  async get(key: string): Promise<V | undefined> {
    return this.#entries.get(key);
  }

  async set(key: string, value: V): Promise<void> {
    const json = JSON.stringify(value);
    const size = ENTRY_BYTES + json.length * BYTES_PER_CHARACTER;
    this.#entries.set(copyOf(key), JSON.parse(json), { size });
  }

  async delete(key: string): Promise<boolean> {
    return this.#entries.delete(key);
  }
}

const copyOf = (text: string): string => JSON.parse(JSON.stringify(text));
