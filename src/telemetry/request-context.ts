import type { Context } from '@opentelemetry/api';
import type { Logger } from 'pino';
import type { Language } from '../messages/messages.ts';
import type { RefusalReason } from './metrics.ts';

/** Who sent a request. */
export interface Caller {
  /** The IAM token; `null` when there is no usable one. */
  readonly token: string | null;
  /** Stands for the token wherever callers must be told apart: SHA-256 in base64url. */
  readonly tokenHash: string | null;
  /** First 12 characters of it, for logs: enough to tell callers apart, and too little to be a key to anything. */
  readonly tokenHashPrefix: string | null;
  /** IPv4 address, or network of an IPv6 address (64 bits), from which the request came. */
  readonly address: string;
  /** Whether a text contains one of the caller's credentials. */
  isTokenIn(text: string): boolean;
  /** The text with the caller's credentials replaced by `[token]`. */
  withoutToken(text: string): string;
}

/** One request of an app, as every layer knows it. */
export interface RequestContext {
  readonly requestId: string;
  readonly caller: Caller;
  /** In which the person who uses the app reads: `en`, `zh-Hans`. */
  readonly language: Language;
  /** Aborted when the caller has closed the connection before the response was sent. */
  readonly signal: AbortSignal;
  /** Adds the request's ID to every line. */
  readonly log: Pick<Logger, 'info' | 'error'>;
  readonly summary: RequestSummary;
}

/** What is noted about a request while it is answered, for its line in the log, the metrics and the spans. */
export interface RequestSummary {
  /** The current span: the request's, then the operation's. */
  trace: Context;
  traceId?: string;
  /** Name the app gave the operation, whether it reads or writes, and its root field (`several`: more than one). */
  operation?: { name: string | null; type: string; rootField: string };
  /** The failure that the response reports; none means success. */
  failure?: { code: string; kind: string };
  /** Why the gateway refused the request, or a call to LTS for it, because of load. */
  refusal?: RefusalReason;
  /** The calls made to LTS for it: how many, milliseconds in total, and how the last one ended. */
  lts?: { calls: number; ms: number; status: number | null; error?: string };
}
