import type { Context } from '@opentelemetry/api';
import type { Language } from './messages/messages.ts';

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
  /** A text, or an object with all texts in it, with the caller's credentials replaced by `[token]`: a copy if there are any. */
  withoutToken<T>(value: T): T;
}

/** One request of an app, as every layer knows it. */
export interface RequestContext {
  readonly requestId: string;
  readonly caller: Caller;
  /** In which the person who uses the app reads: `en`, `zh-Hans`. */
  readonly language: Language;
  /** Aborted when the caller has closed the connection before the response was sent. */
  readonly signal: AbortSignal;
  /** The memory that its answer takes; released when the answer has been handed to the connection. */
  readonly memory: { grow(bytes: number): boolean; shrink(bytes: number): void };
  /**
   * Resolves when it is this caller's turn. Without a kind: for something short. `long`, or `large` where it will need
   * several turns: for work that takes long, at once where the request has such a turn. `another`: to go on with it.
   */
  readonly waitForTurn: (kind?: 'long' | 'large' | 'another') => Promise<void>;
  /** Adds the request's ID to every line, and removes the caller's credentials from it. */
  readonly log: Readonly<Record<'info' | 'error', (fields: object, message: string) => void>>;
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

/** Why the gateway refuses work that another gateway, or this one a little later, would do. */
export const REFUSAL_REASONS = [
  /** 429: more than RATE_LIMIT with one token. */
  'rate_limit_token',
  /** 429: more than RATE_LIMIT_ADDRESS from one address, or RATE_LIMIT without a token. */
  'rate_limit_address',
  /** 503: too many requests in flight. */
  'requests_in_flight',
  /** The connection is closed: too many connections. */
  'connections',
  /** The connection is closed: too many bytes of requests that arrive or are in progress. */
  'request_bytes',
  /** The connection is closed, or GATEWAY.OVERLOADED: too many bytes of answers. */
  'answer_bytes',
  /** GATEWAY.OVERLOADED: LTS does not answer. */
  'circuit_open',
  /** GATEWAY.OVERLOADED: too many calls to LTS in flight. */
  'calls_in_flight',
  /** GATEWAY.OVERLOADED: too much memory is taken by answers. */
  'reply_memory',
  /** GATEWAY.OVERLOADED: the gateway shuts down, and begins no more writes. */
  'shutdown',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];
