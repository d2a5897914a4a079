/** What a reply may hold without being counted, in bytes: all but long lists are smaller. */
const UNCOUNTED_BYTES = 64 * 1024;

/** What all replies that are being read together may hold beyond that, in bytes. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Bounds the memory of replies that are being read, for the whole process: many callers ask for long lists at once. */
export class ReplyMemory {
  #taken = 0;

  /** Holds the chunks of one reply. */
  open(): ReplyChunks {
    let counted = 0;
    let size = 0;
    const chunks: Buffer[] = [];
    return {
      size: () => size,
      isLong: () => size > UNCOUNTED_BYTES,
      push: (chunk) => {
        size += chunk.length;
        const more = Math.max(0, size - UNCOUNTED_BYTES) - counted;
        if (this.#taken + more > MOST_BYTES) return false;
        this.#taken += more;
        counted += more;
        chunks.push(chunk);
        return true;
      },
      text: () => Buffer.concat(chunks).toString('utf8'),
      release: () => {
        this.#taken -= counted;
        counted = 0;
      },
    };
  }
}

export interface ReplyChunks {
  /** In bytes. */
  size(): number;
  /** Whether it is so long that it counts. */
  isLong(): boolean;
  /** @returns whether there is memory for it */
  push(chunk: Buffer): boolean;
  text(): string;
  /** To be called when nothing more is read. */
  release(): void;
}
