/** Values in LTS's JSON, of which nothing is certain: `null` where there is none of the type. */

/** Thrown when a body of LTS lacks something that it always has. */
export class UnreadableBody extends Error {}

export function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

export function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function wholeNumber(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : null;
}

/** A number of days. LTS has at most 365; GraphQL's Int has 32 bits. */
export function days(value: unknown): number | null {
  const number = wholeNumber(value);
  return number === (Number(number) | 0) ? number : null;
}

/** A time in milliseconds since 1970. */
export function date(value: unknown): Date | null {
  const milliseconds = wholeNumber(value);
  if (milliseconds === null) return null;
  const time = new Date(milliseconds);
  return Number.isNaN(time.getTime()) ? null : time;
}

export function required<T>(value: T | null): T {
  if (value === null) throw new UnreadableBody('a required field is missing');
  return value;
}
