/** Settings of `npm run soak`; docs/development.md describes the environment variables. */
export interface SoakOptions {
  /** Duration of the load with fault injection, its warm-up included; 0 skips it. */
  readonly seconds: number;
  readonly virtualUsers: number;
  /** Maximum of all virtual users together. */
  readonly requestsPerSecond: number;
  /** Duration of the overload, all rounds together; 0 skips it. */
  readonly overloadSeconds: number;
  /** A request without a response in this time counts as unanswered. */
  readonly deadlineMs: number;
  /** A module that the gateway's process loads first: to check that the soak fails on a broken gateway. */
  readonly preload: string | null;
}

/** @throws TypeError on a value that is not a number, or too small */
export function readOptions(env: NodeJS.ProcessEnv): SoakOptions {
  const number = (name: string, min: number, defaultValue: number) => {
    const value = env[name] ? Number(env[name]) : defaultValue;
    if (value >= min) return value;
    throw new TypeError(`${name} must be a number from ${min} on`);
  };
  return {
    seconds: number('SOAK_SECONDS', 0, 60),
    virtualUsers: Math.min(90, number('SOAK_CLIENTS', 1, 32)), // each has a log group, and a project has 100
    requestsPerSecond: number('SOAK_RATE', 1, 300),
    overloadSeconds: number('SOAK_OVERLOAD_SECONDS', 0, 15),
    deadlineMs: number('SOAK_DEADLINE_MS', 100, 30_000),
    preload: env.SOAK_PRELOAD || null,
  };
}
