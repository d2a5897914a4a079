import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLFormattedError } from 'graphql';
import { LIMITS } from '../../limits.ts';
import type { GatewayContext } from '../context.ts';
import { localize } from '../errors/format-error.ts';
import { shortened } from '../errors/localized-message.ts';

/**
 * Tells caches not to keep a response, since it depends on the caller's token. Limits the number and the length of the
 * errors in it, removes the caller's token from them, and adds the request's ID and the texts in the caller's language.
 */
export const responsePlugin: ApolloServerPlugin<GatewayContext> = {
  async requestDidStart({ contextValue }) {
    const { requestId, caller, language } = contextValue;
    return {
      async willSendResponse({ response: { body, http } }) {
        http.headers.set('cache-control', 'no-store');
        http.headers.set('content-language', language);
        if (body.kind !== 'single' || !body.singleResult.errors) return;
        const errors = body.singleResult.errors.map((error) => localize(error, contextValue));
        body.singleResult.errors = caller.withoutToken(selectErrors(errors)).map((error) => ({
          ...error,
          message: shortened(error.message),
          extensions: { ...error.extensions, requestId },
        }));
      },
    };
  },
};

/** All errors of fields: each explains a `null`. Of the errors in the request itself, the first ones. */
function selectErrors(errors: readonly GraphQLFormattedError[]): readonly GraphQLFormattedError[] {
  const limitError = errors.find(
    ({ extensions, path }) => extensions?.code === 'LIMIT_EXCEEDED' && path === undefined,
  );
  if (limitError) return [limitError];
  const ofRequest = errors.filter(({ path }) => path === undefined).slice(0, LIMITS.problems);
  return errors.filter((error) => error.path !== undefined || ofRequest.includes(error));
}
