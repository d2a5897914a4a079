import type { Context } from '@opentelemetry/api';

/** What is noted about one request while it is answered, for its line in the log, the metrics and the traces. */
export interface RequestRecord {
  /** First characters of the hash of the caller's token; `null` without one. */
  readonly tokenHash: string | null;
  /** The span that is going on: the request's, then the operation's. */
  trace: Context;
  traceId?: string;
  /** Name the app gave the operation, whether it reads or writes, and its field at the root (`several`: not one). */
  operation?: { name: string | null; type: string; rootField: string };
  /** The failure told to the caller; none means that all went well. */
  failure?: { code: string; kind: string };
  /** The calls made to LTS for it: how many, milliseconds taken together, and how the last one ended. */
  lts?: { calls: number; ms: number; status: number | null; error?: string };
}
