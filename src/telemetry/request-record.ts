/** What is noted about one request while it is answered, for its one line in the log. */
export interface RequestRecord {
  /** Name the app gave the operation, and whether it reads or writes. */
  operation?: { name: string | null; type: string };
  /** The failure told to the caller; none means that all went well. */
  failure?: { code: string; kind: string };
}
