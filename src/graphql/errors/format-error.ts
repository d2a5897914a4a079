import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { LIMITS } from '../../limits.ts';
import { LtsFailed, type LtsFailure } from '../../lts/failure.ts';
import { sentenceAbout, translate } from '../../messages/messages.ts';
import type { RequestContext } from '../../request-context.ts';
import { inputErrorsOf, localizedMessageOf, messageOf } from './localized-message.ts';

/** Where a formatted error has the failure of LTS that it is about, for `localize`. No JSON has what a symbol names. */
const FAILURE = Symbol('failure');

/**
 * Apollo Server's `formatError`. A failure of LTS in a query gets the fields of `LtsError` as extensions, a bug of ours
 * is masked, an exceeded limit gets its code, and what Apollo Server cannot read is not called a bug. Other errors of
 * GraphQL (syntax, validation) stay as they are. What depends on the caller is not known here: see `localize`.
 */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const cause = unwrapResolverError(error);
  if (cause instanceof LtsFailed) {
    const { kind, code: ltsCode, httpStatus, isRetryable, retryAfterSeconds, ltsRequestId } = cause.failure;
    const extensions = { code: kind, ltsCode, httpStatus, isRetryable, retryAfterSeconds, ltsRequestId };
    return { ...formatted, extensions: { ...extensions, [FAILURE]: cause.failure } };
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
 * Adds what an error says, to developers and, where there is a sentence for it, to the person who uses the app.
 *
 * @param formatted the error as `formatError` has returned it
 */
export function localize(
  formatted: GraphQLFormattedError,
  { caller, language }: Pick<RequestContext, 'caller' | 'language'>,
): GraphQLFormattedError {
  const { [FAILURE]: failure } = (formatted.extensions ?? {}) as { [FAILURE]?: LtsFailure };
  if (failure) {
    const inputErrors = inputErrorsOf(failure, language);
    return withExtensions(
      { ...formatted, message: messageOf(failure, caller) },
      {
        localizedMessage: localizedMessageOf(failure, language),
        ...(inputErrors.length > 0 && { inputErrors }),
      },
    );
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
  if (cause instanceof LtsFailed) return false;
  return !(cause instanceof GraphQLError) || cause.extensions.code === 'INTERNAL_SERVER_ERROR';
}

/**
 * @param what the unit of the limit, in the plural: `root fields`
 * @param isRequest whether the request is refused as a whole, and not one field of it
 */
export function limitError(limit: number, what: string, isRequest = true): GraphQLError {
  const extensions = { limit, ...(isRequest && { http: { status: 400 } }) };
  return new GraphQLError(tooLarge(limit, what), { extensions });
}

const tooLarge = (limit: number, what: string) => `The operation is too large: at most ${limit} ${what}.`;

/** An error about a limit, with the code LIMIT_EXCEEDED; `null` for any other error. */
function asLimitError(formatted: GraphQLFormattedError): GraphQLFormattedError | null {
  const { message, extensions } = formatted;
  // Apollo Server gives every error of validation its own code; graphql-js marks its limit on tokens by words alone.
  const isOurs = typeof extensions?.limit === 'number';
  if (!isOurs && !/Document contains more tha[nt] \d+ tokens/.test(message)) return null;
  const limit = isOurs ? extensions.limit : LIMITS.documentTokens;
  return {
    ...formatted,
    message: isOurs ? message : tooLarge(LIMITS.documentTokens, 'lexical tokens'),
    extensions: { code: 'LIMIT_EXCEEDED', limit },
  };
}
