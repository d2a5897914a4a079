import { ownFailure } from './lts-failure.ts';

/** Path of a call to LTS. */
export interface LtsPath {
  /** The same for all callers, for metrics: `/v2/{projectId}/groups`. */
  readonly template: string;
  /** With the IDs filled in, without the query: for traces, which have IDs and no other value of a caller's. */
  readonly filled: string;
  /** Encoded, with its question mark; empty when there is none. */
  readonly query: string;
}

/** What IDs must be: one plain segment of a path. */
export const PLAIN_SEGMENT = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Fills the IDs into a path, and encodes the query.
 *
 * @param template path with the names of IDs in braces: `/v2/{projectId}/groups`
 * @param ids plain segments of a path: anything else could lead to another path, with the caller's token
 * @param query parameters and their values, which may have any characters; `null` and `undefined` are left out
 * @throws LtsFailure when an ID is no plain segment: LTS listed such an ID, or an argument lacks `@IsPlainId()`
 */
export function ltsPath(
  template: string,
  ids: Readonly<Record<string, string>>,
  query: Readonly<Record<string, string | null | undefined>> = {},
): LtsPath {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const id = ids[name] ?? '';
    if (!PLAIN_SEGMENT.test(id)) {
      throw ownFailure('GATEWAY.INVALID_INPUT', {
        message: `This ${name} is no ID that LTS can be asked for.`,
      });
    }
    return id;
  });
  return { template, filled, query: encodeQuery(query) };
}

/** Unlike `encodeURIComponent`, URLSearchParams does not throw where half of a surrogate pair is missing. */
function encodeQuery(query: Readonly<Record<string, string | null | undefined>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined) parameters.append(name, value);
  }
  // A plus sign is a space in forms only; in other URLs it may be read as itself.
  return parameters.size === 0 ? '' : `?${parameters.toString().replaceAll('+', '%20')}`;
}
