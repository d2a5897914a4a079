import { inEnglish, type Sentence } from '../messages/messages.ts';
import type { RefusalReason } from '../telemetry/metrics.ts';
import { LtsErrorKind, RETRYABLE_KINDS } from './failure-kinds.ts';
import type { LtsLogGroup, LtsLogStream } from './wire.ts';

/** One wrong value: its path from the arguments, and what to show beside it. */
export interface InputProblem {
  readonly path: string[];
  readonly sentences: readonly Sentence[];
}

/** The gateway's own codes, each with its kind and a sentence that people may see. `lts-reply.ts` has one more: GATEWAY.BAD_REPLY. */
const OWN_FAILURES = {
  'GATEWAY.INVALID_INPUT': [LtsErrorKind.INVALID_INPUT, 'Some values are not valid.'],
  'GATEWAY.UNAUTHENTICATED': [
    LtsErrorKind.UNAUTHENTICATED,
    "No usable token: send the user's IAM token in the X-Auth-Token header.",
  ],
  'GATEWAY.NOT_FOUND': [LtsErrorKind.NOT_FOUND, 'There is no such log group or log stream in this project.'],
  'GATEWAY.TIMEOUT': [LtsErrorKind.TIMEOUT, 'LTS did not answer in time.'],
  'GATEWAY.OVERLOADED': [LtsErrorKind.UNAVAILABLE, 'LTS is not asked at the moment. Try again shortly.'],
  /** Nobody receives this one: the caller has closed the connection. */
  'GATEWAY.CANCELLED': [LtsErrorKind.UNKNOWN, 'The caller has gone.'],
  'GATEWAY.UNREACHABLE': [LtsErrorKind.UNAVAILABLE, 'LTS could not be reached.'],
} as const satisfies Record<string, readonly [LtsErrorKind, string]>;

export type OwnCode = keyof typeof OWN_FAILURES;

/** What a list of log streams answers when their log group does not exist. No other failure proves a deletion. */
export const GROUP_DOES_NOT_EXIST = 'LTS.0201';

/** Kinds of failure in which LTS, or what is in front of it, did not answer. */
const OUTAGE_KINDS: ReadonlySet<LtsErrorKind> = new Set([LtsErrorKind.UNAVAILABLE, LtsErrorKind.TIMEOUT]);

/** Reads what has the name that a create wanted; resolves to `null` where it cannot be read, or is not listed. */
export type ExistingItem =
  | { readonly logStream: () => Promise<LtsLogStream | null> }
  | { readonly logGroup: () => Promise<LtsLogGroup | null> };

export interface LtsFailureFields {
  readonly code: string;
  readonly message: string;
  readonly kind: LtsErrorKind;
  readonly httpStatus?: number | null;
  readonly ltsRequestId?: string | null;
  readonly inputErrors?: readonly InputProblem[];
  readonly mayHaveTakenEffect?: boolean;
  readonly isRetryable?: boolean;
  readonly retryAfterSeconds?: number | null;
  readonly existing?: ExistingItem | undefined;
  readonly addedSentences?: readonly Sentence[];
  /** Why there was no reply, for the log: an error code of Node.js such as ENOTFOUND. */
  readonly networkError?: string | undefined;
  /** Why the gateway itself refused the call because of load. */
  readonly refusal?: RefusalReason | undefined;
}

/** Thrown for every failure of a call to LTS, or before one; becomes an `LtsError` or an entry in `errors`. */
export class LtsFailure extends Error {
  readonly code: string;
  readonly kind: LtsErrorKind;
  readonly httpStatus: number | null;
  readonly isRetryable: boolean;
  readonly inputErrors: readonly InputProblem[];
  /** What the gateway has added to the message: what became of the request, for example. */
  readonly addedSentences: readonly Sentence[];
  readonly ltsRequestId: string | null;
  /** Whether LTS may have carried out the write although no readable success came back. Never so for a read. */
  readonly mayHaveTakenEffect: boolean;
  /** When LTS, or the gateway that refused the call, wants to be asked again; `null` when neither said. */
  readonly retryAfterSeconds: number | null;
  /** What has the name that a create wanted, where that is why nothing was created. */
  readonly existing: ExistingItem | undefined;
  /** Why there was no reply, for the log: an error code of Node.js such as ENOTFOUND. */
  readonly networkError: string | undefined;
  /** Why the gateway itself refused the call because of load. */
  readonly refusal: RefusalReason | undefined;

  constructor(fields: LtsFailureFields) {
    super(fields.message);
    this.name = 'LtsFailure';
    this.code = fields.code;
    this.kind = fields.kind;
    this.httpStatus = fields.httpStatus ?? null;
    this.isRetryable = fields.isRetryable ?? RETRYABLE_KINDS.has(fields.kind);
    this.inputErrors = fields.inputErrors ?? [];
    this.addedSentences = fields.addedSentences ?? [];
    this.ltsRequestId = fields.ltsRequestId ?? null;
    this.mayHaveTakenEffect = fields.mayHaveTakenEffect ?? false;
    this.retryAfterSeconds = fields.retryAfterSeconds ?? null;
    this.existing = fields.existing;
    this.networkError = fields.networkError;
    this.refusal = fields.refusal;
  }

  /** Whether LTS did not answer. A refusal by the gateway itself says nothing about LTS. */
  get isOutage(): boolean {
    return OUTAGE_KINDS.has(this.kind) && this.refusal === undefined;
  }

  /** The same failure with other fields. */
  with(changes: Partial<LtsFailureFields>): LtsFailure {
    return new LtsFailure({ ...this, message: this.message, ...changes });
  }

  /** The same failure, with another sentence at the end of its message. */
  withSentence(sentence: Sentence): LtsFailure {
    const message = `${this.message.replace(/(?<![.!?。])$/u, '.')} ${inEnglish(sentence)}`;
    return this.with({ message, addedSentences: [...this.addedSentences, sentence] });
  }

  /** The same failure, with a sentence about what became of the request. */
  withOutcome(
    sentence: Sentence,
    outcome: Required<Pick<LtsFailureFields, 'isRetryable' | 'mayHaveTakenEffect'>> &
      Partial<LtsFailureFields>,
  ): LtsFailure {
    return this.withSentence(sentence).with(outcome);
  }
}

/** A failure that the gateway itself found, without a reply of LTS. */
export function ownFailure(
  code: OwnCode,
  extra: Partial<Omit<LtsFailureFields, 'code' | 'kind'>> = {},
): LtsFailure {
  const [kind, message] = OWN_FAILURES[code];
  return new LtsFailure({ code, kind, message, ...extra });
}

/** For a call that the gateway refuses because of load: in a second there may be room. */
export function overloaded(refusal: RefusalReason, extra: Partial<LtsFailureFields> = {}): LtsFailure {
  return ownFailure('GATEWAY.OVERLOADED', { retryAfterSeconds: 1, ...extra, refusal });
}

/** What a promise resolves to, or the LtsFailure it rejects with; any other error is thrown. */
export async function orFailure<T>(promise: Promise<T>): Promise<T | LtsFailure> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof LtsFailure) return error;
    throw error;
  }
}
