import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  circuitBreaker,
  handleWhen,
  type IBreaker,
  SamplingBreaker,
} from 'cockatiel';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { CIRCUIT_STATE, type Metrics } from '../telemetry/metrics.ts';
import { isOutage, LtsFailed, overloaded } from './failure.ts';

/** When the gateway stops calling an LTS that does not answer. */
export const CIRCUIT_BREAKER = {
  /** Share of calls without a reply at which a circuit opens, … */
  threshold: 0.5,
  /** … measured over so many milliseconds, … */
  windowMs: 10_000,
  /** … if there were at least so many calls a second. */
  minimumPerSecond: 2,
  /** How long a circuit stays open before one call may try, in milliseconds. */
  openMs: 5_000,
} as const;

/** Circuits that are kept at the same time; the least recently used are given up first. */
const MAX_CIRCUITS = 1_000;

/** Whose call it is, and for what. */
export interface CalledFor {
  readonly address: string;
  readonly projectId: string;
}

/**
 * Makes a call, or throws GATEWAY.OVERLOADED without making it while the circuit is open.
 *
 * @param call is told whether it is the call that tries while the circuit is half open: it must not be cancelled
 */
export type CircuitBreaker = <T>(call: Call<T>, calledFor: CalledFor) => Promise<T>;

type Call<T> = (isTrial: boolean) => Promise<T>;

/** A circuit of cockatiel, and when it lets a call try, by `performance.now()`. */
interface Circuit {
  readonly policy: CircuitBreakerPolicy;
  triesAt: number;
}

/**
 * A circuit for each address and project, since what one caller or one project meets says nothing about others. And one
 * for LTS as a whole: it opens when most of the addresses and most of the projects that have called lately got no reply.
 *
 * A 4xx, or a 500, is a reply and does not count as a failure here.
 */
export function createCircuitBreaker(
  { metrics, log }: { readonly metrics: Metrics; readonly log: Pick<Logger, 'info' | 'warn'> },
  options: { readonly [K in keyof typeof CIRCUIT_BREAKER]: number } = CIRCUIT_BREAKER,
): CircuitBreaker {
  const notClosed = new Set<Circuit>();
  const circuits = new LRUCache<string, Circuit>({
    max: MAX_CIRCUITS,
    dispose: (circuit) => {
      if (notClosed.delete(circuit)) showState();
    },
  });
  const showState = () => {
    const states = [...notClosed].map(({ policy }) => policy.state);
    const isOpen = states.includes(CircuitState.Open);
    metrics.circuitState.set(CIRCUIT_STATE[isOpen ? 'open' : notClosed.size > 0 ? 'halfOpen' : 'closed']);
  };
  const createCircuit = (of: object, breaker: IBreaker): Circuit => {
    const policy = circuitBreaker(handleWhen(meetsOutage), { halfOpenAfter: options.openMs, breaker });
    const circuit: Circuit = { policy, triesAt: 0 };
    policy.onBreak(() => {
      circuit.triesAt = performance.now() + options.openMs;
      notClosed.add(circuit);
      showState();
      log.warn(of, 'LTS does not answer: it is not asked for a while');
    });
    policy.onHalfOpen(showState);
    policy.onReset(() => {
      notClosed.delete(circuit);
      showState();
      log.info(of, 'LTS answers again');
    });
    return circuit;
  };
  const refusalBy = ({ triesAt }: Circuit) => {
    const retryAfterSeconds = Math.max(1, Math.ceil((triesAt - performance.now()) / 1_000));
    return overloaded('circuit_open', { retryAfterSeconds });
  };
  /** While one call tries, cockatiel would have others wait for it. */
  const refuses = ({ policy, triesAt }: Circuit) =>
    policy.state === CircuitState.HalfOpen ||
    (policy.state === CircuitState.Open && performance.now() < triesAt);
  const execute = async <T>(circuit: Circuit, call: Call<T>): Promise<T> => {
    const { policy } = circuit;
    if (refuses(circuit)) throw refusalBy(circuit);
    try {
      return await policy.execute(() => call(policy.state !== CircuitState.Closed));
    } catch (error) {
      throw error instanceof BrokenCircuitError ? refusalBy(circuit) : error;
    }
  };

  const votes = new Votes(options.windowMs);
  const forAll = createCircuit({ address: 'all' }, votes.breaker);
  const executeForAll = <T>(call: Call<T>, calledFor: CalledFor): Promise<T> =>
    execute(forAll, async (isTrial) => {
      try {
        const result = await call(isTrial);
        votes.cast(calledFor, 'ok');
        return result;
      } catch (error) {
        if (meetsOutage(error)) votes.cast(calledFor, 'failed');
        else if (error instanceof LtsFailed && error.failure.httpStatus !== null) votes.cast(calledFor, 'ok');
        throw error;
      }
    });

  return async (call, calledFor) => {
    // Before its own circuit: that would take a refusal for a success.
    if (refuses(forAll)) throw refusalBy(forAll);
    const key = `${calledFor.address} ${calledFor.projectId}`;
    const circuit = circuits.get(key);
    if (circuit) {
      return execute(circuit, (isOwnTrial) =>
        executeForAll((isTrial) => call(isTrial || isOwnTrial), calledFor),
      );
    }
    try {
      return await executeForAll(call, calledFor);
    } catch (error) {
      if (meetsOutage(error)) {
        // Only who meets failures has a circuit. Others of this caller and project may have failed meanwhile.
        const created =
          circuits.get(key) ??
          createCircuit(
            { address: calledFor.address },
            new SamplingBreaker({
              threshold: options.threshold,
              duration: options.windowMs,
              minimumRps: options.minimumPerSecond,
            }),
          );
        circuits.set(key, created);
        // It learns of the failure only by executing it.
        await created.policy.execute(() => Promise.reject(error)).catch(() => {});
      }
      throw error;
    }
  };
}

/** Addresses, or projects, with a vote at the same time. */
const MAX_VOTERS = 1_000;
/** Fewer who fail say nothing about LTS as a whole. */
const MIN_FAILING = 5;

/** Whether LTS as a whole is down: each address and each project has one vote, by how its last call ended. */
class Votes {
  readonly #ofAddresses: LRUCache<string, 'ok' | 'failed'>;
  readonly #ofProjects: LRUCache<string, 'ok' | 'failed'>;

  /** @param ttl how long a vote counts, in milliseconds */
  constructor(ttl: number) {
    this.#ofAddresses = new LRUCache({ max: MAX_VOTERS, ttl });
    this.#ofProjects = new LRUCache({ max: MAX_VOTERS, ttl });
  }

  /** cockatiel asks it after each failure; the votes have been cast before. */
  readonly breaker: IBreaker = {
    state: null,
    success: () => {},
    failure: () => mostFail(this.#ofAddresses) && mostFail(this.#ofProjects),
  };

  cast({ address, projectId }: CalledFor, vote: 'ok' | 'failed'): void {
    this.#ofAddresses.set(address, vote);
    this.#ofProjects.set(projectId, vote);
  }
}

function mostFail(votes: LRUCache<string, 'ok' | 'failed'>): boolean {
  const all = [...votes.values()];
  const failing = all.filter((vote) => vote === 'failed').length;
  return failing >= MIN_FAILING && failing > all.length / 2;
}

const meetsOutage = (error: unknown): boolean => error instanceof LtsFailed && isOutage(error.failure);
