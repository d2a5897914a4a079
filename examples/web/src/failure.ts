import { CombinedGraphQLErrors, type ErrorLike } from '@apollo/client';
import type { LtsErrorFieldsFragment } from '../../../clients/typescript/operations.ts';
import type { Texts } from './texts.ts';

/** What the page shows of anything that went wrong. */
export interface Failure {
  readonly message: string;
  /** What is wrong with a field, by its path: `input.name`. */
  readonly inputErrors: Readonly<Record<string, string>>;
  readonly isRetryable: boolean;
  readonly retryAfterSeconds: number;
  /** For the support. */
  readonly requestId?: string | undefined;
}

/** `extensions` of an error of the gateway: any of these may be missing. */
type Extensions = Partial<LtsErrorFieldsFragment>;

/**
 * @param error why there is no result: a failed query, a refusal of the gateway, or no response of it at all
 * @param ltsError the result of a mutation that failed
 * @returns undefined if nothing failed
 */
export function failureOf(
  texts: Texts,
  error: ErrorLike | undefined,
  ltsError?: LtsErrorFieldsFragment,
): Failure | undefined {
  if (!error && !ltsError) return undefined;
  const fields: Extensions | undefined = error ? extensionsOf(error) : ltsError;
  if (!fields) {
    return { message: texts.noConnection, inputErrors: {}, isRetryable: true, retryAfterSeconds: 0 };
  }
  const { localizedMessage, inputErrors = [], retryAfterSeconds, requestId } = fields;
  // Written for developers, about the types of GraphQL: only the paths are for people.
  const isAboutTypes = fields.code === 'BAD_USER_INPUT';
  return {
    message: localizedMessage ?? texts.failed,
    inputErrors: Object.fromEntries(
      inputErrors.map(({ path, message }) => [path.join('.'), isAboutTypes ? texts.notValid : message]),
    ),
    isRetryable: fields.isRetryable ?? typeof retryAfterSeconds === 'number',
    retryAfterSeconds: retryAfterSeconds ?? 0,
    requestId,
  };
}

/** @returns undefined if there is no response, or one from something between the page and the gateway */
function extensionsOf(error: ErrorLike): Extensions | undefined {
  return CombinedGraphQLErrors.is(error) ? (error.errors[0]?.extensions ?? {}) : undefined;
}
