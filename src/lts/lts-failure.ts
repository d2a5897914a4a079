import { bodyOf, carriesErrorCode, findError } from './error-body.ts';
import { kindOf, LtsErrorKind, RETRYABLE_KINDS } from './failure-kinds.ts';
import { withoutToken } from './token.ts';

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

const BAD_REPLY = 'GATEWAY.BAD_REPLY';
const BAD_REPLY_MESSAGE = 'LTS sent a reply that cannot be read.';
const LONGEST_MESSAGE = 500;

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
  concluded(sentence: string, isRetryable: boolean): LtsFailure {
    const { code, kind, inputErrors, ltsRequestId, httpStatus } = this;
    const message = `${this.message.replace(/(?<![.!?。])$/u, '.')} ${sentence}`;
    const status = httpStatus === null ? {} : { httpStatus };
    return new LtsFailure({ code, kind, message, inputErrors, ltsRequestId, isRetryable, ...status });
  }
}

/** A failure that the gateway found itself, without an answer from LTS. */
export function ownFailure(
  code: OwnCode,
  extra: Pick<LtsFailureFields, 'inputErrors' | 'mayHaveTakenEffect' | 'reason'> = {},
): LtsFailure {
  const [kind, message] = OWN_FAILURES[code];
  return new LtsFailure({ code, kind, message, ...extra });
}

/** An answer as it came: any status, any body. */
export interface LtsReply {
  readonly status: number;
  readonly body: string;
  /** LTS's `X-Request-Id` response header. */
  readonly requestId: string | null;
  /** LTS's clock when it answered, to the second: its `Date` response header. */
  readonly date: Date | null;
}

/**
 * Turns a reply that is not the success asked for into a failure: with the error code it carries, in
 * whichever of LTS's shapes, or as GATEWAY.BAD_REPLY when it carries none.
 *
 * @param token the caller's token, cut out of whatever repeats it
 */
export function failureOfReply(reply: LtsReply, token: string): LtsFailure {
  const error = findError(bodyOf(reply));
  // A 4xx is a refusal; whoever answers anything else without a code may have done the work.
  const isUnreadable = error.code === null && (reply.status < 400 || reply.status >= 500);
  return new LtsFailure({
    code: error.code === null ? BAD_REPLY : withoutToken(error.code, token),
    message: presentable(error.message, token) ?? BAD_REPLY_MESSAGE,
    kind: kindOf(error.code, reply.status),
    httpStatus: reply.status,
    ltsRequestId: wellFormedId(error.requestId, token) ?? wellFormedId(reply.requestId, token),
    mayHaveTakenEffect: isUnreadable || [502, 503, 504].includes(reply.status),
  });
}

/** LTS's message if it can be shown to a person: no markup, no stack, no token, not too long. */
function presentable(message: string | null, token: string): string | null {
  if (message === null) return null;
  // As long as LTS likes: whatever is done to it is done to its beginning, which may end in a part of the token.
  const beginning = message.slice(0, LONGEST_MESSAGE + 2 * token.length);
  const isWhole = beginning.length === message.length;
  const known = withoutToken(beginning, token);
  const shown = (isWhole ? known : known.slice(0, -token.length)).slice(0, LONGEST_MESSAGE);
  if (/<[a-z!/]/i.test(shown) || /\n[ \t]*at /.test(shown)) return null;
  return isWhole && shown.length === known.length ? shown : `${shown}…`;
}

function wellFormedId(id: string | null, token: string): string | null {
  return id !== null && /^[A-Za-z0-9._:-]{1,128}$/.test(id) ? withoutToken(id, token) : null;
}

/** Whether a reply is a success that says something, as far as can be told without knowing what was asked for. */
export function isReadable(reply: LtsReply, method: string): boolean {
  if (!isSuccess(reply.status)) return false;
  const body = bodyOf(reply);
  return body === undefined ? method === 'DELETE' : !carriesErrorCode(body);
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}
