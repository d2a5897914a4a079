import type { LtsReply } from './lts-failure.ts';

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
export function findError(body: unknown): FoundError {
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

/** Whether a reply of status 2xx carries an error code all the same, as some LTS calls answer. */
export function carriesErrorCode(body: unknown): boolean {
  return findError(body).code !== null;
}

const parsed = new WeakMap<LtsReply, unknown>();

/** The parsed body, or `undefined` when it is not JSON. */
export function bodyOf(reply: LtsReply): unknown {
  if (!parsed.has(reply)) parsed.set(reply, parseJson(reply.body));
  return parsed.get(reply);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
