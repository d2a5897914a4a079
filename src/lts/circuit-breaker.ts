import { BrokenCircuitError, CircuitState, circuitBreaker, handleWhen, SamplingBreaker } from 'cockatiel';
import type { Logger } from 'pino';
import { CIRCUIT_STATE, type Metrics } from '../telemetry/metrics.ts';
import { LtsFailure, overloaded } from './lts-failure.ts';

/** When the gateway stops calling an LTS that does not answer. */
export const CIRCUIT_BREAKER = {
  /** Share of calls without a reply at which the circuit opens, … */
  threshold: 0.5,
  /** … measured over so many milliseconds, … */
  windowMs: 10_000,
  /** … if there were at least so many calls a second. */
  minimumPerSecond: 2,
  /** How long the circuit stays open before one call may try, in milliseconds. */
  openMs: 5_000,
} as const;

/**
 * Makes a call, or throws GATEWAY.OVERLOADED without making it while the circuit is open.
 *
 * @param call is told whether it is the one that tries: it must not be given up before LTS has answered or not
 */
export type CircuitBreaker = <T>(call: (isTrial: boolean) => Promise<T>) => Promise<T>;

/** A circuit breaker for LTS. A 4xx, or a 500, is a reply and does not count as a failure here. */
export function createCircuitBreaker(
  { metrics, log }: { readonly metrics: Metrics; readonly log: Pick<Logger, 'info' | 'warn'> },
  options: { readonly [K in keyof typeof CIRCUIT_BREAKER]: number } = CIRCUIT_BREAKER,
): CircuitBreaker {
  const breaker = circuitBreaker(
    handleWhen((error) => error instanceof LtsFailure && error.isOutage),
    {
      halfOpenAfter: options.openMs,
      breaker: new SamplingBreaker({
        threshold: options.threshold,
        duration: options.windowMs,
        minimumRps: options.minimumPerSecond,
      }),
    },
  );
  let openUntil = 0;
  breaker.onBreak(() => {
    openUntil = performance.now() + options.openMs;
    metrics.circuitState.set(CIRCUIT_STATE.open);
    log.warn('LTS does not answer: it is not asked for a while');
  });
  breaker.onHalfOpen(() => metrics.circuitState.set(CIRCUIT_STATE.halfOpen));
  breaker.onReset(() => {
    metrics.circuitState.set(CIRCUIT_STATE.closed);
    log.info('LTS answers again');
  });

  return async (call) => {
    try {
      return await breaker.execute(() => call(breaker.state !== CircuitState.Closed));
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      const retryAfterSeconds = Math.max(1, Math.ceil((openUntil - performance.now()) / 1_000));
      throw overloaded('circuit_open', { retryAfterSeconds });
    }
  };
}
