import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { LtsFailure } from '../../lts/lts-failure.ts';
import { type Language, sentenceAbout, translate } from '../../messages/messages.ts';
import { asLimitError } from './limit-error.ts';
import { inputErrorsOf, localizedMessageOf } from './localized-message.ts';

/**
 * Apollo Server's `formatError`. A failure of LTS in a query gets the fields of `LtsError` as extensions, a bug of ours
 * is masked, an exceeded limit gets its code, and what Apollo Server cannot read is not called a bug. Other errors of
 * GraphQL (syntax, validation) stay as they are. What depends on the language is not known here: see `localize`.
 */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const cause = unwrapResolverError(error);
  if (cause instanceof LtsFailure) {
    return {
      ...formatted,
      message: cause.message,
      extensions: {
        code: cause.kind,
        ltsCode: cause.code,
        httpStatus: cause.httpStatus,
        isRetryable: cause.isRetryable,
        retryAfterSeconds: cause.retryAfterSeconds,
        ltsRequestId: cause.ltsRequestId,
      },
    };
  }
  if (isBug(error)) {
    return { ...formatted, message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } };
  }
  if (/^GraphQL introspection is not allowed/.test(formatted.message)) {
    return { ...formatted, message: 'Introspection is off.' };
  }
  const exceeded = asLimitError(formatted);
  if (exceeded) return exceeded;
  // Apollo Server gives requests that it cannot read the code of a bug.
  if (formatted.extensions?.code !== 'INTERNAL_SERVER_ERROR') return formatted;
  return { ...formatted, extensions: { ...formatted.extensions, code: 'BAD_REQUEST' } };
}

/**
 * Adds what an error says to the person who uses the app, where there is a sentence for it.
 *
 * @param formatted the error as `formatError` has returned it
 * @param error the same error as it was thrown
 */
export function localize(
  formatted: GraphQLFormattedError,
  error: unknown,
  language: Language,
): GraphQLFormattedError {
  const cause = unwrapResolverError(error);
  if (cause instanceof LtsFailure) {
    const inputErrors = inputErrorsOf(cause, language);
    return withExtensions(formatted, {
      localizedMessage: localizedMessageOf(cause, language),
      ...(inputErrors.length > 0 && { inputErrors }),
    });
  }
  const sentence = sentenceAbout('error', String(formatted.extensions?.code));
  return sentence
    ? withExtensions(formatted, { localizedMessage: translate(language, sentence) })
    : formatted;
}

function withExtensions(formatted: GraphQLFormattedError, extensions: object): GraphQLFormattedError {
  return { ...formatted, extensions: { ...formatted.extensions, ...extensions } };
}

/** Whether an error is the gateway's own fault: anything that was not made for the caller to read. */
export function isBug(error: unknown): boolean {
  const cause = unwrapResolverError(error);
  if (cause instanceof LtsFailure) return false;
  return !(cause instanceof GraphQLError) || cause.extensions.code === 'INTERNAL_SERVER_ERROR';
}
