import { LtsErrorKind, RETRYABLE_KINDS } from './failure-kinds.ts';

/** One value at fault: its path from the arguments, and a sentence to show beside it. */
export interface InputProblem {
  readonly path: string[];
  readonly message: string;
}

/** The gateway's own codes, each with its kind and the sentence that people may be shown. */
const OWN_FAILURES = {
  'GATEWAY.INVALID_INPUT': [LtsErrorKind.INVALID_INPUT, 'Some values are not valid.'],
  'GATEWAY.UNAUTHENTICATED': [
    LtsErrorKind.UNAUTHENTICATED,
    "No usable token: send the user's IAM token in the X-Auth-Token header.",
  ],
  'GATEWAY.NOT_FOUND': [LtsErrorKind.NOT_FOUND, 'There is no such log group or log stream in this project.'],
  'GATEWAY.TIMEOUT': [LtsErrorKind.TIMEOUT, 'LTS did not answer in time.'],
  'GATEWAY.OVERLOADED': [LtsErrorKind.UNAVAILABLE, 'LTS is not asked at the moment. Try again shortly.'],
  /** The caller has gone: told to nobody. */
  'GATEWAY.CANCELLED': [LtsErrorKind.UNKNOWN, 'The caller has gone.'],
  'GATEWAY.UNREACHABLE': [LtsErrorKind.UNAVAILABLE, 'LTS could not be reached.'],
} as const satisfies Record<string, readonly [LtsErrorKind, string]>;

export type OwnCode = keyof typeof OWN_FAILURES;

export interface LtsFailureFields {
  readonly code: string;
  readonly message: string;
  readonly kind: LtsErrorKind;
  readonly httpStatus?: number;
  readonly ltsRequestId?: string | null;
  readonly inputErrors?: readonly InputProblem[];
  readonly mayHaveTakenEffect?: boolean;
  readonly isRetryable?: boolean;
  /** Why there was no answer, for the log: an error code of Node.js such as ENOTFOUND. */
  readonly reason?: string | undefined;
}

/** Thrown for every failure of a call to LTS, or before one; becomes an `LtsError` or an entry in `errors`. */
export class LtsFailure extends Error {
  readonly code: string;
  readonly kind: LtsErrorKind;
  readonly httpStatus: number | null;
  readonly isRetryable: boolean;
  readonly inputErrors: readonly InputProblem[];
  readonly ltsRequestId: string | null;
  /** Whether LTS may have acted on the request although no readable success came back. */
  readonly mayHaveTakenEffect: boolean;
  /** Why there was no answer, for the log. */
  readonly reason: string | undefined;

  constructor(fields: LtsFailureFields) {
    super(fields.message);
    this.name = 'LtsFailure';
    this.code = fields.code;
    this.kind = fields.kind;
    this.httpStatus = fields.httpStatus ?? null;
    this.isRetryable = fields.isRetryable ?? RETRYABLE_KINDS.has(fields.kind);
    this.inputErrors = fields.inputErrors ?? [];
    this.ltsRequestId = fields.ltsRequestId ?? null;
    this.mayHaveTakenEffect = fields.mayHaveTakenEffect ?? false;
    this.reason = fields.reason;
  }

  /** The same failure, with a sentence about what has become of the request. */
  withOutcome(sentence: string, isRetryable: boolean): LtsFailure {
    const { code, kind, inputErrors, ltsRequestId, httpStatus } = this;
    const message = `${this.message.replace(/(?<![.!?。])$/u, '.')} ${sentence}`;
    const status = httpStatus === null ? {} : { httpStatus };
    return new LtsFailure({ code, kind, message, inputErrors, ltsRequestId, isRetryable, ...status });
  }
}

/** A failure that the gateway found itself, without an answer from LTS. */
export function ownFailure(
  code: OwnCode,
  extra: Partial<Pick<LtsFailureFields, 'message' | 'inputErrors' | 'mayHaveTakenEffect' | 'reason'>> = {},
): LtsFailure {
  const [kind, message] = OWN_FAILURES[code];
  return new LtsFailure({ code, kind, message, ...extra });
}
