import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  circuitBreaker,
  handleWhen,
  SamplingBreaker,
  wrap,
} from 'cockatiel';
import type { Logger } from 'pino';
import { CIRCUIT_STATE, type Metrics } from '../telemetry/metrics.ts';
import { LtsErrorKind } from './failure-kinds.ts';
import { LtsFailure, ownFailure } from './lts-failure.ts';

/** When the gateway stops asking an LTS that is in trouble, and how much it asks at once. */
export const GUARD = {
  /** Calls in flight together. */
  inFlight: 256,
  /** Calls that wait for one of those to end; what comes on top is refused. */
  waiting: 64,
  /** Part of calls without an answer after which the circuit opens, … */
  failing: 0.5,
  /** … seen over so long, in milliseconds, … */
  windowMs: 10_000,
  /** … if there were at least so many a second. */
  minimumPerSecond: 2,
  /** How long the circuit stays open before one call may try, in milliseconds. */
  openMs: 5_000,
} as const;

/** Kinds of failure that count against LTS. */
const DOWN: ReadonlySet<LtsErrorKind> = new Set([LtsErrorKind.UNAVAILABLE, LtsErrorKind.TIMEOUT]);

/** Runs a call to LTS, or refuses to. */
export type CallGuard = <T>(call: () => Promise<T>) => Promise<T>;

/**
 * A guard that throws GATEWAY.OVERLOADED at once, and makes no call, while LTS is down or too many calls are in
 * flight. Only silence and unavailability count against LTS: a 4xx or an error of its own is an answer.
 */
export function createCallGuard(
  { metrics, log }: { readonly metrics: Metrics; readonly log: Pick<Logger, 'info' | 'warn'> },
  guard: { readonly [K in keyof typeof GUARD]: number } = GUARD,
): CallGuard {
  const breaker = circuitBreaker(
    handleWhen((error) => error instanceof LtsFailure && isDown(error)),
    {
      halfOpenAfter: guard.openMs,
      breaker: new SamplingBreaker({
        threshold: guard.failing,
        duration: guard.windowMs,
        minimumRps: guard.minimumPerSecond,
      }),
    },
  );
  breaker.onBreak(() => {
    metrics.circuitState.set(CIRCUIT_STATE.open);
    log.warn('LTS does not answer: it is not asked for a while');
  });
  breaker.onHalfOpen(() => metrics.circuitState.set(CIRCUIT_STATE.halfOpen));
  breaker.onReset(() => {
    metrics.circuitState.set(CIRCUIT_STATE.closed);
    log.info('LTS answers again');
  });
  const policy = wrap(bulkhead(guard.inFlight, guard.waiting), breaker);

  return async (call) => {
    try {
      return await policy.execute(call);
    } catch (error) {
      const reason = refusalOf(error);
      if (reason === null) throw error;
      metrics.callsRefused.inc({ reason });
      throw ownFailure('GATEWAY.OVERLOADED');
    }
  };
}

/** Whether a failure counts against LTS; memory that is short is the gateway's own. */
function isDown({ kind, code }: LtsFailure): boolean {
  return DOWN.has(kind) && code !== 'GATEWAY.OVERLOADED';
}

function refusalOf(error: unknown): string | null {
  if (error instanceof BrokenCircuitError) return 'circuit_open';
  return error instanceof BulkheadRejectedError ? 'too_many_in_flight' : null;
}
