import type { Caller } from '../telemetry/request-context.ts';
import { failureKindOf } from './failure-kinds.ts';
import { LtsFailure } from './lts-failure.ts';
import { UnreadableBody } from './wire.ts';

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
}

const BAD_REPLY = 'GATEWAY.BAD_REPLY';
const BAD_REPLY_MESSAGE = 'LTS sent a reply that cannot be read.';
/** Longest message of LTS that is passed on, in characters. */
const MAX_MESSAGE = 500;

/**
 * The value in a reply, or the failure that it is: the one place that decides whether a call has succeeded.
 *
 * @param caller whose token is removed from everything that repeats it
 * @param read reads the body of a success; throws UnreadableBody
 * @throws LtsFailure with the error code that the reply carries, in whichever of LTS's shapes and under whichever
 *   status, or of code GATEWAY.BAD_REPLY when it carries none and is no success, or none that can be read
 */
export function readReply<T>(reply: LtsReply, caller: Caller, read: (body: unknown) => T): T {
  const body = parseJson(reply.body);
  const error = findError(body);
  if (!isSuccess(reply.status) || error.code !== null || reply.unreadable)
    throw failureOf(reply, error, caller);
  try {
    return read(body);
  } catch (cause) {
    throw cause instanceof UnreadableBody ? failureOf(reply, error, caller) : cause;
  }
}

function failureOf(reply: LtsReply, error: FoundError, caller: Caller): LtsFailure {
  const { status, unreadable } = reply;
  // A 4xx is a refusal. Anything else without a code may have come after the work was done, and a 502, 503 or 504 can be
  // of a proxy even where it has one.
  const isOutcomeUnknown =
    (error.code === null && (status < 400 || status >= 500)) || [502, 503, 504].includes(status);
  const isTooLarge = unreadable !== null && unreadable !== 'undecodable' && isSuccess(status);
  return new LtsFailure({
    code: error.code === null ? BAD_REPLY : caller.withoutToken(error.code),
    message: isTooLarge
      ? `LTS sent more than the ${unreadable.largerThan} bytes that are read (LTS_MAX_REPLY_BYTES).`
      : (presentable(error.message, caller) ?? BAD_REPLY_MESSAGE),
    kind: failureKindOf(error.code, status),
    httpStatus: status,
    ltsRequestId: wellFormedId(error.requestId, caller) ?? wellFormedId(reply.requestId, caller),
    mayHaveTakenEffect: isOutcomeUnknown,
    ...(isTooLarge && { isRetryable: false }), // it would be as large again
  });
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
  const levels = [body, property(body, 'message'), property(body, 'error')];
  const codeAt = (level: unknown) => firstOf(level, ['error_code', 'errorCode', 'code'], asCode);
  const messageAt = (level: unknown) =>
    firstOf(level, ['error_msg', 'errorMessage', 'message', 'details'], asText);
  const level = levels.find((candidate) => codeAt(candidate) !== null);
  return {
    code: codeAt(level),
    message: level === undefined ? firstNotNull(levels, messageAt) : messageAt(level),
    requestId: firstNotNull(levels, (candidate) => firstOf(candidate, ['request_id'], asText)),
  };
}

/** An error code as a string, never a number: IAM puts the HTTP status in the same place. */
function asCode(value: unknown): string | null {
  return typeof value === 'string' && /^[A-Za-z][A-Za-z0-9._-]{1,63}$/.test(value) ? value : null;
}

function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function firstOf<T>(body: unknown, names: readonly string[], read: (value: unknown) => T | null): T | null {
  return firstNotNull(names, (name) => read(property(body, name)));
}

function firstNotNull<T, R>(values: readonly T[], read: (value: T) => R | null): R | null {
  for (const value of values) {
    const found = read(value);
    if (found !== null) return found;
  }
  return null;
}

function property(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
}

/** The parsed body, or `undefined` when it is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
