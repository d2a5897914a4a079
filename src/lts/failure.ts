import type { Sentence } from '../messages/messages.ts';
import type { RefusalReason } from '../request-context.ts';

/** Kinds of failure: the small, stable set that apps branch on. */
export const LtsErrorKind = {
  INVALID_INPUT: 'INVALID_INPUT',
  UNAUTHENTICATED: 'UNAUTHENTICATED',
  FORBIDDEN: 'FORBIDDEN',
  NOT_FOUND: 'NOT_FOUND',
  ALREADY_EXISTS: 'ALREADY_EXISTS',
  IN_USE: 'IN_USE',
  QUOTA_EXCEEDED: 'QUOTA_EXCEEDED',
  RATE_LIMITED: 'RATE_LIMITED',
  TIMEOUT: 'TIMEOUT',
  UNAVAILABLE: 'UNAVAILABLE',
  INTERNAL: 'INTERNAL',
  UNKNOWN: 'UNKNOWN',
} as const;
export type LtsErrorKind = keyof typeof LtsErrorKind;

/** Kinds for which the same request, unchanged, can succeed later. */
export const RETRYABLE_KINDS: ReadonlySet<LtsErrorKind> = new Set([
  'RATE_LIMITED',
  'TIMEOUT',
  'UNAVAILABLE',
  'INTERNAL',
]);

/** What a call that failed did at LTS: nothing, which is so for every read, or nobody knows. */
export const Outcome = { NOT_APPLIED: 'NOT_APPLIED', UNKNOWN: 'UNKNOWN' } as const;
export type Outcome = keyof typeof Outcome;

/** One wrong value: its path from the arguments, and what to show beside it. */
export interface InputProblem {
  readonly path: readonly string[];
  readonly sentences: readonly Sentence[];
}

/** Why a call to LTS failed, or was not made. Texts are as LTS sent them: of any length, perhaps with the token in them. */
export interface LtsFailure {
  readonly code: string;
  readonly message: string;
  readonly kind: LtsErrorKind;
  readonly outcome: Outcome;
  readonly isRetryable: boolean;
  /** `null` when LTS sent no reply. */
  readonly httpStatus: number | null;
  readonly ltsRequestId: string | null;
  /** When LTS, or the gateway that refused the call, wants to be asked again; `null` when neither said. */
  readonly retryAfterSeconds: number | null;
  readonly inputErrors: readonly InputProblem[];
  /** What the gateway adds to the message: what became of the request, for example. */
  readonly addedSentences: readonly Sentence[];
  /** Whether nothing was created because something else has the name. */
  readonly isNameTaken: boolean;
  /** Why there was no reply, for the log: an error code of Node.js such as ENOTFOUND. */
  readonly networkError?: string | undefined;
  /** Why the gateway itself refused the call because of load. */
  readonly refusal?: RefusalReason | undefined;
}

/** Thrown for every failure of LTS; becomes an `LtsError` in the result of a mutation, otherwise an entry in `errors`. */
export class LtsFailed extends Error {
  readonly failure: LtsFailure;

  constructor(failure: LtsFailure) {
    super(failure.message);
    this.name = 'LtsFailed';
    this.failure = failure;
  }
}

/** What is not known of a failure without a reply of LTS, and of most with one. */
export const NO_DETAILS = {
  httpStatus: null,
  ltsRequestId: null,
  retryAfterSeconds: null,
  inputErrors: [],
  addedSentences: [],
  isNameTaken: false,
} as const;

/** The gateway's own codes, each with its kind and a sentence that people may see. */
export const OWN_CODES = {
  'GATEWAY.INVALID_INPUT': ['INVALID_INPUT', 'Some values are not valid.'],
  'GATEWAY.UNAUTHENTICATED': [
    'UNAUTHENTICATED',
    "No usable token: send the user's IAM token in the X-Auth-Token header.",
  ],
  'GATEWAY.NOT_FOUND': ['NOT_FOUND', 'There is no such log group or log stream in this project.'],
  'GATEWAY.TIMEOUT': ['TIMEOUT', 'LTS did not answer in time.'],
  'GATEWAY.OVERLOADED': ['UNAVAILABLE', 'LTS is not asked at the moment. Try again shortly.'],
  /** Nobody receives this one: the caller has closed the connection. */
  'GATEWAY.CANCELLED': ['UNKNOWN', 'The caller has gone.'],
  'GATEWAY.UNREACHABLE': ['UNAVAILABLE', 'LTS could not be reached.'],
  /** Its kind depends on the status of the reply. */
  'GATEWAY.BAD_REPLY': ['UNKNOWN', 'LTS sent a reply that cannot be read.'],
} as const satisfies Record<string, readonly [LtsErrorKind, string]>;

/** A failure that the gateway itself found. Nothing was changed at LTS. */
export function ownFailure(code: keyof typeof OWN_CODES, details: Partial<LtsFailure> = {}): LtsFailed {
  const [kind, message] = OWN_CODES[code];
  const isRetryable = RETRYABLE_KINDS.has(kind);
  return new LtsFailed({
    ...NO_DETAILS,
    code,
    kind,
    message,
    isRetryable,
    outcome: 'NOT_APPLIED',
    ...details,
  });
}

/** For a call that the gateway refuses, or a read that it gives up, because of load: in a second there may be room. */
export function overloaded(refusal: RefusalReason, details: Partial<LtsFailure> = {}): LtsFailed {
  return ownFailure('GATEWAY.OVERLOADED', { retryAfterSeconds: 1, ...details, refusal });
}

/** Whether LTS, or what is in front of it, did not answer. A refusal by the gateway itself says nothing about LTS. */
export function isOutage({ kind, refusal }: LtsFailure): boolean {
  return (kind === 'UNAVAILABLE' || kind === 'TIMEOUT') && refusal === undefined;
}

/** What a promise resolves to, or the failure that it rejects with; any other error is thrown. */
export async function orFailed<T>(promise: Promise<T>): Promise<T | LtsFailed> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof LtsFailed) return error;
    throw error;
  }
}
