import type { Caller } from '../telemetry/request-context.ts';
import { failureKindOf, LtsErrorKind } from './failure-kinds.ts';
import { asObject, text, UnreadableBody } from './json-values.ts';
import type { LtsCall } from './lts-client.ts';
import { LtsFailure } from './lts-failure.ts';

/** A reply of LTS as it came: any status, any body. */
export interface LtsReply {
  readonly status: number;
  readonly body: string;
  /** Why there is no body: it could not be decompressed, or is larger than so many bytes. */
  readonly unreadable: 'undecodable' | { readonly largerThan: number } | null;
  /** LTS's `X-Request-Id` response header. */
  readonly requestId: string | null;
  /** LTS's clock when it answered, to the second: its `Date` response header. */
  readonly date: Date | null;
  /** LTS's `Retry-After` response header. */
  readonly retryAfter: string | null;
}

/** The part of a call that the meaning of its reply depends on. */
type RepliedCall<T> = Pick<LtsCall<T>, 'read' | 'notAppliedCode'>;

const BAD_REPLY = 'GATEWAY.BAD_REPLY';
const BAD_REPLY_MESSAGE = 'LTS sent a reply that cannot be read.';
/** Longest message of LTS that is passed on, in characters. */
const MAX_MESSAGE = 500;
/** Longest time after which LTS is taken to want a retry, in seconds: a day. */
const MAX_RETRY_AFTER = 86_400;

/**
 * The value in a reply, or the failure that it is: the one place that decides whether a call has succeeded.
 *
 * @param caller whose token is removed from everything that repeats it
 * @param call whose reply it is
 * @throws LtsFailure with the error code that the reply carries, in whichever of LTS's shapes and under whichever
 *   status, or of code GATEWAY.BAD_REPLY when it carries none and is no success, or none that can be read
 */
export function readReply<T>(reply: LtsReply, caller: Caller, call: RepliedCall<T>): T {
  const body = parseJson(reply.body);
  const error = findError(body);
  // A page of a proxy can have any status. LTS sends JSON, or nothing.
  const isNotJson = body === undefined && reply.body.trim() !== '';
  if (!isSuccess(reply.status) || error.code !== null || reply.unreadable || isNotJson)
    throw failureOf(reply, error, caller, call);
  try {
    return call.read(body);
  } catch (cause) {
    throw cause instanceof UnreadableBody ? failureOf(reply, error, caller, call) : cause;
  }
}

function failureOf(
  reply: LtsReply,
  error: FoundError,
  caller: Caller,
  call: RepliedCall<unknown>,
): LtsFailure {
  const { status, unreadable } = reply;
  const kind = failureKindOf(error.code, status);
  const isTooLarge = unreadable !== null && unreadable !== 'undecodable' && isSuccess(status);
  return new LtsFailure({
    code: error.code === null ? BAD_REPLY : caller.withoutToken(error.code),
    message: isTooLarge
      ? `LTS sent more than the ${unreadable.largerThan} bytes that are read (LTS_MAX_REPLY_BYTES).`
      : (presentable(error.message, caller) ?? BAD_REPLY_MESSAGE),
    kind,
    httpStatus: status,
    ltsRequestId: wellFormedId(error.requestId, caller) ?? wellFormedId(reply.requestId, caller),
    mayHaveTakenEffect: !provesNoEffect(
      status,
      kind,
      error.code !== null && error.code === call.notAppliedCode,
    ),
    retryAfterSeconds: retryAfterOf(reply),
    ...(isTooLarge && { isRetryable: false }), // it would be as large again
  });
}

/** Kinds of a 4xx that is no refusal: some tables of LTS list its internal errors under 400. */
const NO_REFUSAL: ReadonlySet<LtsErrorKind> = new Set([LtsErrorKind.INTERNAL, LtsErrorKind.TIMEOUT]);

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

/** LTS's message if it can be shown to a person: without markup, stack or token, and not too long. */
function presentable(message: string | null, { token, withoutToken }: Caller): string | null {
  if (message === null) return null;
  // It can be very long, so only its beginning is looked at, which may end in a part of the token.
  const tokenLength = token?.length ?? 0;
  const beginning = message.slice(0, MAX_MESSAGE + 2 * tokenLength);
  const isWhole = beginning.length === message.length;
  const known = withoutToken(beginning);
  const shown = (isWhole ? known : known.slice(0, known.length - tokenLength)).slice(0, MAX_MESSAGE);
  if (/<[a-z!/]/i.test(shown) || /\n[ \t]*at /.test(shown)) return null;
  return isWhole && shown.length === known.length ? shown : `${shown}…`;
}

function wellFormedId(id: string | null, { withoutToken }: Caller): string | null {
  return id !== null && /^[A-Za-z0-9._:-]{1,128}$/.test(id) ? withoutToken(id) : null;
}

interface FoundError {
  readonly code: string | null;
  readonly message: string | null;
  readonly requestId: string | null;
}

/**
 * Reads `{error_code, error_msg}`, `{errorCode, errorMessage}`, `{code, message}`, and any of these or
 * `{code, details}` inside `message` or `error`. The outermost level with a code wins; without any code, the
 * outermost message does.
 */
function findError(body: unknown): FoundError {
  const levels = [body, asObject(body).message, asObject(body).error];
  const codeAt = (level: unknown) => firstOf(level, ['error_code', 'errorCode', 'code'], asCode);
  const messageAt = (level: unknown) =>
    firstOf(level, ['error_msg', 'errorMessage', 'message', 'details'], text);
  const level = levels.find((candidate) => codeAt(candidate) !== null);
  return {
    code: codeAt(level),
    message: level === undefined ? firstNotNull(levels, messageAt) : messageAt(level),
    requestId: firstNotNull(levels, (candidate) => firstOf(candidate, ['request_id'], text)),
  };
}

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
