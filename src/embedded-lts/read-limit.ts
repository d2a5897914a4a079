const MINUTE_MS = 60_000;

interface Window {
  /** Time of `performance.now()`. */
  readonly startedAt: number;
  reads: number;
}

/** Counts the reads of logs, by log stream, in windows of a minute that begin with a read. */
export class ReadLimit {
  readonly #windows = new Map<string, Window>();

  /** @returns whether one more read of the log stream is allowed, which it then counts */
  take(streamId: string, readsPerMinute: number): boolean {
    const now = performance.now();
    let window = this.#windows.get(streamId);
    if (window === undefined || now - window.startedAt >= MINUTE_MS) {
      window = { startedAt: now, reads: 0 };
      this.#windows.set(streamId, window);
    }
    if (window.reads >= readsPerMinute) return false;
    window.reads += 1;
    return true;
  }

  forget(streamId: string): void {
    this.#windows.delete(streamId);
  }

  clear(): void {
    this.#windows.clear();
  }
}
