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
import { kindOf, LtsErrorKind } from './failure-kinds.ts';
import { LtsFailure, type LtsReply, ownFailure } from './lts-failure.ts';
import type { LtsUpstream } from './lts-upstream.ts';

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

/**
 * An upstream that answers GATEWAY.OVERLOADED at once, and sends nothing, while LTS is down or too many calls
 * are in flight. Only silence and unavailability count against LTS: a 4xx or an error of its own is an answer.
 *
 * The deadline of a call includes its wait.
 */
export function guardUpstream(
  upstream: LtsUpstream,
  { metrics, log }: { readonly metrics: Metrics; readonly log: Pick<Logger, 'info' | 'warn'> },
  guard: { readonly [K in keyof typeof GUARD]: number } = GUARD,
): LtsUpstream {
  const isDown = (kind: LtsErrorKind) => kind === LtsErrorKind.UNAVAILABLE || kind === LtsErrorKind.TIMEOUT;
  const breaker = circuitBreaker(
    handleWhen((error) => error instanceof LtsFailure && isDown(error.kind)).orWhenResult((reply) =>
      isDown(kindOf(null, (reply as LtsReply).status)),
    ),
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

  return {
    ...upstream,
    async call(call) {
      const askedAt = performance.now();
      try {
        return await policy.execute(() => {
          const waitedMs = performance.now() - askedAt;
          return upstream.call({ ...call, timeoutMs: (call.timeoutMs ?? upstream.timeoutMs) - waitedMs });
        });
      } catch (error) {
        const reason = refusalOf(error);
        if (reason === null) throw error;
        metrics.callsRefused.inc({ reason });
        throw ownFailure('GATEWAY.OVERLOADED');
      }
    },
  };
}

function refusalOf(error: unknown): string | null {
  if (error instanceof BrokenCircuitError) return 'circuit_open';
  return error instanceof BulkheadRejectedError ? 'too_many_in_flight' : null;
}
