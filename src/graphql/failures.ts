import { unwrapResolverError } from '@apollo/server/errors';
import type { GraphQLFormattedError } from 'graphql';
import { GraphQLError } from 'graphql';
import type { MiddlewareFn } from 'type-graphql';
import { LtsFailure } from '../lts/lts-failure.ts';
import type { GatewayContext } from './context.ts';
import { asLimitError } from './limits.ts';
import { LtsError } from './lts-error.ts';

/** For mutations: a failure is data, the `LtsError` member of the result union. */
export const failuresAsData: MiddlewareFn<GatewayContext> = async ({ context }, next) => {
  try {
    return await next();
  } catch (error) {
    if (!(error instanceof LtsFailure)) throw error;
    context.record.failure ??= { code: error.code, kind: error.kind };
    return new LtsError(error, context.requestId);
  }
};

/**
 * For everything else: a failure of LTS goes to `errors` with the words of `LtsError` in its extensions, and
 * a bug of ours is masked. Errors of GraphQL itself (syntax, validation) pass as they are.
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
        ltsRequestId: cause.ltsRequestId,
        ...(cause.inputErrors.length > 0 && { inputErrors: cause.inputErrors }),
      },
    };
  }
  if (isBug(error)) {
    return { ...formatted, message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } };
  }
  if (/^GraphQL introspection is not allowed/.test(formatted.message)) {
    return { ...formatted, message: 'Introspection is off.' };
  }
  const limitError = asLimitError(formatted);
  if (limitError) return limitError;
  // Apollo Server's own words for what it finds wrong in a request have no code, and would be given that of a bug.
  if (formatted.extensions?.code !== 'INTERNAL_SERVER_ERROR') return formatted;
  return { ...formatted, extensions: { ...formatted.extensions, code: 'BAD_REQUEST' } };
}

/** Whether an error is the gateway's own fault: anything thrown that was not made for the caller to read. */
export function isBug(error: unknown): boolean {
  const cause = unwrapResolverError(error);
  if (cause instanceof LtsFailure) return false;
  return !(cause instanceof GraphQLError) || cause.extensions.code === 'INTERNAL_SERVER_ERROR';
}
