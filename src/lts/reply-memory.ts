import { setImmediate as nextIteration, setTimeout as sleep } from 'node:timers/promises';

/** What a reply may hold without being counted, in bytes: all but long lists are smaller. */
const UNCOUNTED_BYTES = 64 * 1024;

/** What all replies that are being read may hold together beyond that, in bytes. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Bounds the memory of long replies for the whole process: many callers may ask for long lists at the same time. */
export class ReplyMemory {
  #bytes = 0;
  #lastTurn: Promise<void> = Promise.resolve();

  /** Holds the chunks of one reply. */
  open(): ReplyChunks {
    let counted = 0;
    let size = 0;
    const chunks: Buffer[] = [];
    return {
      size: () => size,
      push: (chunk) => {
        size += chunk.length;
        const more = Math.max(0, size - UNCOUNTED_BYTES) - counted;
        if (this.#bytes + more > MAX_BYTES) return false;
        this.#bytes += more;
        counted += more;
        chunks.push(chunk);
        return true;
      },
      text: async () => {
        if (counted > 0) await this.#waitForTurn();
        return Buffer.concat(chunks).toString('utf8');
      },
      release: () => {
        this.#bytes -= counted;
        counted = 0;
      },
    };
  }

  /**
   * Waits until the long reply before has been made into a response, which takes several times its own memory. As
   * much time again is left for other requests. Whoever waits for a turn uses it up in the same iteration of the event
   * loop: parsing, resolvers and the response wait for nothing else.
   */
  #waitForTurn(): Promise<void> {
    const turn = this.#lastTurn;
    this.#lastTurn = turn.then(async () => {
      const startedAt = performance.now();
      await nextIteration();
      await sleep(performance.now() - startedAt);
    });
    return turn;
  }
}

export interface ReplyChunks {
  /** In bytes. */
  size(): number;
  /** @returns whether there is memory for it */
  push(chunk: Buffer): boolean;
  /** The whole reply; a long one has to wait for its turn. */
  text(): Promise<string>;
  /** To be called when nothing more is read. */
  release(): void;
}
