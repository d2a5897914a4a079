/** Counts and latencies of requests. */
export class RequestStats {
  requests = 0;
  /** Requests without a response before the deadline. */
  unanswered = 0;
  /** Number of failed requests by kind of failure. */
  readonly failures = new Map<string, number>();
  readonly #latencies: number[] = [];

  recordResponse(latencyMs: number, failure: string | null): void {
    this.#latencies.push(latencyMs);
    if (failure !== null) this.recordFailure(failure);
  }

  recordFailure(failure: string, count = 1): void {
    this.failures.set(failure, (this.failures.get(failure) ?? 0) + count);
  }

  add(other: RequestStats): void {
    this.requests += other.requests;
    this.unanswered += other.unanswered;
    for (const ms of other.#latencies) this.#latencies.push(ms);
    for (const [failure, count] of other.failures) this.recordFailure(failure, count);
  }

  get responses(): number {
    return this.#latencies.length;
  }

  get failed(): number {
    return [...this.failures.values()].reduce((sum, count) => sum + count, 0);
  }

  /** @param quantile 0.99 for the 99th percentile */
  latencyMs(quantile: number): number {
    const sorted = Float64Array.from(this.#latencies).sort();
    return sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)] ?? 0;
  }
}
