/** What can be set from outside; CONTRIBUTING.md names it. */
export interface SoakOptions {
  /** How long the load under faults lasts, its warm-up included; 0 leaves it out. */
  readonly seconds: number;
  readonly clients: number;
  /** Requests a second of all clients together, at most. */
  readonly perSecond: number;
  /** How long twice the peak is offered, in three parts; 0 leaves the overload out. */
  readonly overloadSeconds: number;
  /** A request without an answer for so long counts as unanswered. */
  readonly deadlineMs: number;
  /** A module that the gateway's process loads first: for seeing the soak fail on a broken gateway. */
  readonly preload: string | null;
}

/** @throws TypeError on a value that is no number */
export function readOptions(env: NodeJS.ProcessEnv): SoakOptions {
  const number = (name: string, least: number, otherwise: number) => {
    const value = env[name] ? Number(env[name]) : otherwise;
    if (value >= least) return value;
    throw new TypeError(`${name} must be a number from ${least} on`);
  };
  return {
    seconds: number('SOAK_SECONDS', 0, 60),
    clients: Math.min(90, number('SOAK_CLIENTS', 1, 32)), // a log group each, and a project has 100
    perSecond: number('SOAK_RATE', 1, 300),
    overloadSeconds: number('SOAK_OVERLOAD_SECONDS', 0, 15),
    deadlineMs: number('SOAK_DEADLINE_MS', 100, 30_000),
    preload: env.SOAK_PRELOAD || null,
  };
}
