/** A log. Property names are those of LTS's JSON. */
export interface StoredLog {
  readonly content: string;
  /** Nanoseconds since 1970, 19 digits: when it was written. Unique in its log stream, and greater than all before. */
  readonly line_num: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface NewLog {
  readonly content: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Milliseconds since 1970, by default now. Of logs with the same time, the first that was added is first. */
  readonly at?: number;
}

/** The times that a line number can have, in milliseconds since 1970. */
export const LOG_TIMES = { min: 1_000_000_000_000, max: 9_999_999_999_999 } as const;

/** Of one log stream. When there are more, the oldest are removed. */
export const MAX_LOGS = 20_000;

/** The logs of one log stream. */
export class StreamLogs {
  readonly #logs: StoredLog[] = [];

  /** In ascending order of their lines. */
  get all(): readonly StoredLog[] {
    return this.#logs;
  }

  add({ content, labels = {}, at = Date.now() }: NewLog): void {
    const index = this.#logs.findLastIndex((log) => log.line_num <= `${at}999999`) + 1; // mostly the end
    const previous = this.#logs[index - 1]?.line_num;
    const line_num = previous?.startsWith(String(at)) ? String(BigInt(previous) + 1n) : `${at}000000`;
    this.#logs.splice(index, 0, { content, line_num, labels });
    if (this.#logs.length > MAX_LOGS) this.#logs.shift();
  }
}

/** @returns when a log was written, in milliseconds since 1970 */
export function timeOf({ line_num }: StoredLog): number {
  return Number(line_num.slice(0, -6));
}
