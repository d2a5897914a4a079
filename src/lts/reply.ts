import type { LtsCall } from './calls.ts';
import {
  type LtsErrorKind,
  LtsFailed,
  type LtsFailure,
  NO_DETAILS,
  OWN_CODES,
  ownFailure,
  RETRYABLE_KINDS,
} from './failure.ts';
import { asObject, text, UnreadableBody } from './wire.ts';

/** A reply of LTS as it came: any status, any body. */
export interface LtsReply {
  readonly status: number;
  readonly body: string;
  /** Why there is no body: it could not be decompressed, or has more than so many bytes or values. */
  readonly unreadable:
    | 'undecodable'
    | { readonly largerThan: number }
    | { readonly moreValuesThan: number }
    | null;
  /** LTS's `X-Request-Id` response header. */
  readonly requestId: string | null;
  /** LTS's clock when it answered, to the second: its `Date` response header. */
  readonly date: Date | null;
  /** LTS's `Retry-After` response header. */
  readonly retryAfter: string | null;
}

/** What the transport knows where there is no reply, or none that was read. */
export interface NoReply {
  readonly lost: 'late' | 'unreachable' | 'cancelled' | 'no_memory';
  /** Whether there was a connection: before that, nothing of the request has left this machine. */
  readonly wasConnected: boolean;
  /** An error code of Node.js such as ENOTFOUND. */
  readonly networkError?: string | undefined;
}

/** What a call that succeeded has brought. */
export interface LtsResult<T> {
  readonly value: T;
  /** LTS's clock when it answered, to the second. */
  readonly date: Date | null;
}

/** Longest time after which LTS is taken to want a retry, in seconds: a day. */
const MAX_RETRY_AFTER = 86_400;

/**
 * What the reply to a call means, or that there is none: the one place that decides whether it has succeeded, and if not,
 * whether it may have taken effect.
 *
 * @throws LtsFailed with the error code that the reply carries, in whichever of LTS's shapes and under whichever status;
 *   of code GATEWAY.BAD_REPLY when it carries none and is no success, or none that can be read
 */
export function judge<T>(call: LtsCall<T>, reply: LtsReply | NoReply): LtsResult<T> {
  if ('lost' in reply) throw withoutReply(call, reply);
  const body = parseJson(reply.body);
  const code = errorCodeIn(body);
  // A page of a proxy can have any status. LTS sends JSON, or nothing.
  const isNotJson = body === undefined && reply.body.trim() !== '';
  if (!isSuccess(reply.status) || code !== null || reply.unreadable || isNotJson)
    throw refused(call, reply, body, code);
  try {
    return { value: call.read(body), date: reply.date };
  } catch (cause) {
    throw cause instanceof UnreadableBody ? refused(call, reply, body, code) : cause;
  }
}

const NO_REPLY = {
  late: 'GATEWAY.TIMEOUT',
  unreachable: 'GATEWAY.UNREACHABLE',
  cancelled: 'GATEWAY.CANCELLED',
  no_memory: 'GATEWAY.OVERLOADED',
} as const;

function withoutReply(call: LtsCall<unknown>, { lost, wasConnected, networkError }: NoReply): LtsFailed {
  const code = NO_REPLY[lost];
  return ownFailure(code, {
    ...effectOf(call, OWN_CODES[code][0], !wasConnected),
    networkError,
    ...(lost === 'no_memory' && {
      message: 'Too much is being read from LTS at the moment. Try again shortly.',
      refusal: 'reply_memory',
      retryAfterSeconds: 1,
    }),
  });
}

function refused(call: LtsCall<unknown>, reply: LtsReply, body: unknown, code: string | null): LtsFailed {
  const { status, unreadable } = reply;
  const kind = failureKindOf(code, status);
  const saysNotApplied = code !== null && code === call.notAppliedCode;
  const tooLarge = isSuccess(status) ? tooLargeMessage(unreadable) : null;
  return new LtsFailed({
    ...NO_DETAILS,
    ...effectOf(call, kind, provesNoEffect(status, kind, saysNotApplied)),
    code: code ?? 'GATEWAY.BAD_REPLY',
    message: tooLarge ?? presentable(messageIn(body)) ?? OWN_CODES['GATEWAY.BAD_REPLY'][1],
    kind,
    httpStatus: status,
    ltsRequestId: wellFormedId(requestIdIn(body)) ?? wellFormedId(reply.requestId),
    retryAfterSeconds: retryAfterOf(reply),
    isNameTaken: 'creates' in call && kind === 'ALREADY_EXISTS',
    ...(tooLarge && { isRetryable: false }), // it would be as large again
  });
}

/** A call that may have taken effect can be sent again only if that does the same as once. */
function effectOf(
  { isRead, idempotent }: LtsCall<unknown>,
  kind: LtsErrorKind,
  isProvenNone: boolean,
): Pick<LtsFailure, 'outcome' | 'isRetryable'> {
  const outcome = isRead || isProvenNone ? 'NOT_APPLIED' : 'UNKNOWN';
  const isRetryable = RETRYABLE_KINDS.has(kind) && (idempotent || outcome === 'NOT_APPLIED');
  return { outcome, isRetryable };
}

function tooLargeMessage(unreadable: LtsReply['unreadable']): string | null {
  if (unreadable === null || unreadable === 'undecodable') return null;
  return 'largerThan' in unreadable
    ? `LTS sent more than the ${unreadable.largerThan} bytes that are read (LTS_MAX_REPLY_BYTES).`
    : `LTS sent more than the ${unreadable.moreValuesThan} values that are read.`;
}

/** Kinds of a 4xx that is no refusal: some tables of LTS list its internal errors under 400. */
const NO_REFUSAL: ReadonlySet<LtsErrorKind> = new Set(['INTERNAL', 'TIMEOUT']);

/**
 * Whether a reply that is no success proves that LTS has not carried out the call. A refusal does. Anything else may
 * have come after the work was done, or from a proxy while LTS is still at it: even a code proves nothing then, unless
 * it says that this very operation has failed.
 */
function provesNoEffect(status: number, kind: LtsErrorKind, saysNotApplied: boolean): boolean {
  const isClientError = status >= 400 && status <= 499;
  return saysNotApplied ? isClientError || status === 500 : isClientError && !NO_REFUSAL.has(kind);
}

/** In seconds, from LTS's header, which has seconds or a date; `null` where LTS did not say. */
function retryAfterOf({ status, retryAfter, date }: LtsReply): number | null {
  if (retryAfter === null || (status !== 429 && status !== 503)) return null;
  if (/^\d+$/.test(retryAfter)) return Math.min(Number(retryAfter), MAX_RETRY_AFTER);
  const at = /GMT$/.test(retryAfter) ? Date.parse(retryAfter) : Number.NaN; // it would read '-1' as a year
  if (Number.isNaN(at)) return null;
  const seconds = Math.ceil((at - (date?.getTime() ?? Date.now())) / 1_000);
  return Math.min(Math.max(0, seconds), MAX_RETRY_AFTER);
}

function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

/** LTS's message if it can be shown to a person: without markup or stack. Its length is limited where it is sent. */
function presentable(message: string | null): string | null {
  const isText = message !== null && !/<[a-z!/]/i.test(message) && !/\n[ \t]*at /.test(message);
  return isText ? message : null;
}

function wellFormedId(id: string | null): string | null {
  return id !== null && /^[A-Za-z0-9._:-]{1,128}$/.test(id) ? id : null;
}

/**
 * The code in `{error_code, error_msg}`, `{errorCode, errorMessage}`, `{code, message}`, or in any of these or
 * `{code, details}` inside `message` or `error`: that of the outermost level with a code.
 */
function errorCodeIn(body: unknown): string | null {
  return firstNotNull(levelsOf(body), codeAt);
}

/** The message beside that code; without any code, the outermost message. */
function messageIn(body: unknown): string | null {
  const level = levelsOf(body).find((candidate) => codeAt(candidate) !== null);
  return level === undefined ? firstNotNull(levelsOf(body), messageAt) : messageAt(level);
}

function requestIdIn(body: unknown): string | null {
  return firstNotNull(levelsOf(body), (level) => text(asObject(level).request_id));
}

function levelsOf(body: unknown): readonly unknown[] {
  const { message, error } = asObject(body);
  return [body, message, error];
}

const codeAt = (level: unknown) => firstOf(level, ['error_code', 'errorCode', 'code'], asCode);
const messageAt = (level: unknown) =>
  firstOf(level, ['error_msg', 'errorMessage', 'message', 'details'], text);

/** An error code as a string, never a number: IAM puts the HTTP status in the same place. */
function asCode(value: unknown): string | null {
  return typeof value === 'string' && /^[A-Za-z][A-Za-z0-9._-]{1,63}$/.test(value) ? value : null;
}

function firstOf<T>(body: unknown, names: readonly string[], read: (value: unknown) => T | null): T | null {
  return firstNotNull(names, (name) => read(asObject(body)[name]));
}

function firstNotNull<T, R>(values: readonly T[], read: (value: T) => R | null): R | null {
  for (const value of values) {
    const found = read(value);
    if (found !== null) return found;
  }
  return null;
}

/** The parsed body, or `undefined` when it is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Applies to a reply whose code and HTTP status both match; what is left out matches everything. */
export interface KindRow {
  readonly code?: string;
  readonly status?: number | readonly [min: number, max: number];
  readonly kind: LtsErrorKind;
}

/**
 * The kind of a reply from LTS or the API gateway in front of it. The first row that matches decides.
 *
 * One code means different things under different statuses, and published tables disagree with each other and with
 * observed replies. So a code alone decides only where all sources agree on its meaning.
 */
export const KIND_TABLE: readonly KindRow[] = [
  { code: 'LTS.0009', kind: 'INVALID_INPUT' },
  { code: 'LTS.0414', kind: 'UNAUTHENTICATED' },
  { code: 'APIGW.0301', kind: 'UNAUTHENTICATED' },
  { code: 'APIGW.0303', kind: 'UNAUTHENTICATED' },
  { code: 'APIGW.0305', kind: 'UNAUTHENTICATED' },
  { code: 'APIGW.0307', kind: 'UNAUTHENTICATED' },
  { code: 'APIGW.0308', kind: 'RATE_LIMITED' },
  // The API itself is not there, whatever exists behind it.
  { code: 'APIGW.0101', kind: 'UNKNOWN' },
  { code: 'LTS.0201', kind: 'NOT_FOUND' },
  { code: 'LTS.0208', kind: 'NOT_FOUND' },
  { code: 'LTS.0205', kind: 'ALREADY_EXISTS' },
  { code: 'LTS.0101', kind: 'ALREADY_EXISTS' },
  { code: 'LTS.0105', kind: 'IN_USE' },
  { code: 'LTS.0207', kind: 'IN_USE' },
  { code: 'LTS.0206', kind: 'QUOTA_EXCEEDED' },
  { code: 'LTS.0104', kind: 'QUOTA_EXCEEDED' },
  { code: 'LTS.0010', kind: 'INTERNAL' },
  { code: 'LTS.0202', kind: 'INTERNAL' },
  // LTS.0001, LTS.0002 and LTS.0003 mean what their status says: a wrong token at 401, no permission at 403.
  { status: 400, kind: 'INVALID_INPUT' },
  { status: 401, kind: 'UNAUTHENTICATED' },
  { status: 403, kind: 'FORBIDDEN' },
  { status: 404, kind: 'NOT_FOUND' },
  { status: 408, kind: 'TIMEOUT' },
  { status: 429, kind: 'RATE_LIMITED' },
  { status: 504, kind: 'TIMEOUT' },
  { status: [502, 503], kind: 'UNAVAILABLE' },
  { status: [500, 599], kind: 'INTERNAL' },
];

/**
 * The kind of a failed reply.
 *
 * @param code error code as sent, or `null` when the reply carried none
 * @param status HTTP status of the reply
 */
function failureKindOf(code: string | null, status: number): LtsErrorKind {
  // The same API gateway uses APIGW for Huawei's own services, and APIG where customers run it.
  const canonical = code?.replace(/^APIG\./, 'APIGW.');
  const row = KIND_TABLE.find(
    (candidate) =>
      (candidate.code === undefined || candidate.code === canonical) &&
      matchesStatus(candidate.status, status),
  );
  if (row !== undefined) return row.kind;
  return code === null && status >= 200 && status <= 299 ? 'INTERNAL' : 'UNKNOWN';
}

function matchesStatus(expected: KindRow['status'], status: number): boolean {
  if (expected === undefined) return true;
  const [min, max] = typeof expected === 'number' ? [expected, expected] : expected;
  return status >= min && status <= max;
}
