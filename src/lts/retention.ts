import { ownFailure } from './lts-failure.ts';

/** What LTS reports for a log stream that follows its log group, and takes to leave it so. */
export const INHERITED_RETENTION = -1;

export interface Retention {
  /** In days; `null` when the log stream follows its group, or when LTS does not say. */
  ttlInDays: number | null;
  /** Whether LTS says that it follows its group; some editions report no retention at all. */
  inheritsRetention: boolean;
}

/** @param reported as LTS says it; `null`, which is not "inherited", when it does not */
export function asRetention(reported: number | null): Retention {
  const inheritsRetention = reported === INHERITED_RETENTION;
  return { ttlInDays: inheritsRetention ? null : reported, inheritsRetention };
}

/**
 * What to send with an update that leaves the retention as it is: LTS insists on one, and a wrong one has logs
 * deleted.
 *
 * @throws LtsFailure of code GATEWAY.INVALID_INPUT where LTS does not report it
 */
export function retentionInForce({ ttlInDays, inheritsRetention }: Retention): number {
  if (inheritsRetention) return INHERITED_RETENTION;
  if (ttlInDays !== null) return ttlInDays;
  const message = 'LTS does not report the retention of this log stream, and needs one: give it as well.';
  throw ownFailure('GATEWAY.INVALID_INPUT', { inputErrors: [{ path: ['input', 'ttlInDays'], message }] });
}
