/** Prints the results, one a line, and at the end `PASS` or each reason to `FAIL`, with the title above it. */
export class Report {
  readonly #failures: string[] = [];
  #title = '';
  readonly #out: NodeJS.WritableStream;

  constructor(out: NodeJS.WritableStream) {
    this.#out = out;
  }

  printTitle(text: string): void {
    this.#title = text;
    this.#out.write(`\n${text}\n`);
  }

  print(label: string, value: string): void {
    this.#out.write(`  ${label.padEnd(22)} ${value}\n`);
  }

  fail(reason: string): void {
    this.#failures.push(this.#title === '' ? reason : `${this.#title}: ${reason}`);
  }

  /** @returns the exit code */
  finish(): number {
    const lines = this.#failures.map((reason) => `FAIL: ${reason}`);
    this.#out.write(`\n${lines.join('\n') || 'PASS'}\n`);
    return lines.length === 0 ? 0 : 1;
  }
}

/** The largest count first: `TIMEOUT 12, UNAVAILABLE 3`. */
export function formatCounts(counts: ReadonlyMap<string, number>): string {
  const entries = [...counts].sort(([, one], [, other]) => other - one);
  return entries.map(([name, count]) => `${name} ${count}`).join(', ');
}

export const formatBytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
export const formatMs = (ms: number) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
export const formatPercent = (fraction: number) => `${Math.round(fraction * 100)}%`;

export const stackOf = (error: unknown) =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
