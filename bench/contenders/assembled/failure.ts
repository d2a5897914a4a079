import type { ValidationError } from 'class-validator';
import { GraphQLError } from 'graphql';
import { ArgumentValidationError } from 'type-graphql';

export const ErrorKind = {
  INVALID_INPUT: 'INVALID_INPUT',
  UNAUTHENTICATED: 'UNAUTHENTICATED',
  FORBIDDEN: 'FORBIDDEN',
  NOT_FOUND: 'NOT_FOUND',
  ALREADY_EXISTS: 'ALREADY_EXISTS',
  RATE_LIMITED: 'RATE_LIMITED',
  TIMEOUT: 'TIMEOUT',
  UNAVAILABLE: 'UNAVAILABLE',
  UNKNOWN: 'UNKNOWN',
} as const;
export type ErrorKind = keyof typeof ErrorKind;

/** One wrong value: its path from the arguments, and what is wrong with it. */
interface Problem {
  readonly path: string[];
  readonly message: string;
}

/** What callers may know of a failure: not the URL, nor the whole reply. */
export class LtsFailure extends GraphQLError {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly problems: Problem[];

  constructor(kind: ErrorKind, message: string, code: string = kind, problems: Problem[] = []) {
    super(message, { extensions: { code, kind, problems } });
    this.code = code;
    this.kind = kind;
    this.problems = problems;
  }
}

/** The failure that an error stands for; `null` for a bug. */
export function failureOf(error: unknown): LtsFailure | null {
  if (error instanceof LtsFailure) return error;
  if (!(error instanceof ArgumentValidationError)) return null;
  const problems = problemsIn(error.extensions.validationErrors as ValidationError[]);
  return new LtsFailure('INVALID_INPUT', 'The input is not valid.', 'INVALID_INPUT', problems);
}

function problemsIn(errors: readonly ValidationError[], parent: readonly string[] = []): Problem[] {
  return errors.flatMap(({ property, constraints = {}, children = [] }) => {
    const path = [...parent, property];
    const itself = Object.values(constraints).map((message) => ({ path, message }));
    return [...itself, ...problemsIn(children, path)];
  });
}
