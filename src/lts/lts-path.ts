import { ownFailure } from './lts-failure.ts';

/** Path of a call to LTS. */
export interface LtsPath {
  /** The same for all callers, for metrics: `/v2/{projectId}/groups`. */
  readonly template: string;
  /** As it is sent. */
  readonly filled: string;
}

/** What IDs must be: one plain segment of a path. */
export const PLAIN_SEGMENT = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Fills the IDs into a path.
 *
 * @param template path with the names of IDs in braces: `/v2/{projectId}/groups`
 * @param ids plain segments of a path: anything else could lead to another path, with the caller's token
 * @throws LtsFailure when an ID is no plain segment: LTS listed such an ID, or an argument lacks `@IsPlainId()`
 */
export function ltsPath(template: string, ids: Readonly<Record<string, string>>): LtsPath {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const id = ids[name] ?? '';
    if (!PLAIN_SEGMENT.test(id)) {
      throw ownFailure('GATEWAY.INVALID_INPUT', {
        message: `This ${name} is no ID that LTS can be asked for.`,
      });
    }
    return id;
  });
  return { template, filled };
}
