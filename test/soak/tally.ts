/** What came of the requests of one stretch of time. */
export class Tally {
  requests = 0;
  unanswered = 0;
  readonly failures = new Map<string, number>();
  readonly #latencies: number[] = [];

  answered(ms: number, failure: string | null): void {
    this.#latencies.push(ms);
    if (failure !== null) this.failures.set(failure, (this.failures.get(failure) ?? 0) + 1);
  }

  add(other: Tally): void {
    this.requests += other.requests;
    this.unanswered += other.unanswered;
    for (const ms of other.#latencies) this.#latencies.push(ms);
    for (const [failure, count] of other.failures) {
      this.failures.set(failure, (this.failures.get(failure) ?? 0) + count);
    }
  }

  get answers(): number {
    return this.#latencies.length;
  }

  /** The latency in milliseconds that this share of the answers did not exceed. */
  latency(share: number): number {
    const sorted = Float64Array.from(this.#latencies).sort();
    return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  }
}
