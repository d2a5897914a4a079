/** One fact a line, and at the end whether all is well. */
export class Report {
  readonly #failures: string[] = [];
  readonly #out: NodeJS.WritableStream;

  constructor(out: NodeJS.WritableStream) {
    this.#out = out;
  }

  title(text: string): void {
    this.#out.write(`\n${text}\n`);
  }

  tell(what: string, fact: string): void {
    this.#out.write(`  ${what.padEnd(22)} ${fact}\n`);
  }

  fail(reason: string): void {
    this.#failures.push(reason);
  }

  /** @returns the exit code */
  end(): number {
    const lines = this.#failures.map((reason) => `FAIL: ${reason}`);
    this.#out.write(`\n${lines.join('\n') || 'PASS'}\n`);
    return lines.length === 0 ? 0 : 1;
  }
}

/** Counts, the largest first: `TIMEOUT 12, UNAVAILABLE 3`. */
export function sorted(counts: ReadonlyMap<string, number>): string {
  const entries = [...counts].sort(([, one], [, other]) => other - one);
  return entries.map(([name, count]) => `${name} ${count}`).join(', ');
}

export const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
export const millis = (ms: number) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
export const percent = (share: number) => `${Math.round(share * 100)}%`;
