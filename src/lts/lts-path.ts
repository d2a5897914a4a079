/** Path of one call to LTS, with the template it was made from: the template is the same for all callers. */
export interface LtsPath {
  /** Such as `/v2/{projectId}/groups`. */
  readonly template: string;
  /** Such as `/v2/2a473356cca5487f8373be891bffc1cf/groups`. */
  readonly filled: string;
}

/**
 * Makes a path: ltsPath`/v2/${{ projectId }}/groups`.
 *
 * IDs must be plain path segments already; the resolvers' validation sees to that.
 */
export function ltsPath(parts: TemplateStringsArray, ...ids: Record<string, string>[]): LtsPath {
  const join = (values: string[]) => parts.map((part, index) => part + (values[index] ?? '')).join('');
  return {
    template: join(ids.map((id) => `{${Object.keys(id)[0]}}`)),
    filled: join(ids.map((id) => String(Object.values(id)[0]))),
  };
}
