import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLFormattedError } from 'graphql';
import { LIMITS } from '../../limits.ts';
import type { GatewayContext } from '../context.ts';
import { localize } from '../errors/format-error.ts';

/** Longest message that is sent, in characters: messages of graphql-js repeat what the caller has sent. */
const MAX_MESSAGE = 500;

/**
 * Tells caches not to keep a response, since it depends on the caller's token. Limits the number and the length of the
 * errors in it, removes the caller's token from them, and adds the request's ID and the texts in the caller's language.
 */
export const responsePlugin: ApolloServerPlugin<GatewayContext> = {
  async requestDidStart({ contextValue: { requestId, caller, language } }) {
    return {
      async willSendResponse({ response: { body, http }, errors: thrown = [] }) {
        http.headers.set('cache-control', 'no-store');
        http.headers.set('content-language', language);
        if (body.kind !== 'single' || !body.singleResult.errors) return;
        // Apollo Server has formatted each of the errors that were thrown, in their order.
        const errors = body.singleResult.errors.map((error, index) =>
          localize(error, thrown[index], language),
        );
        body.singleResult.errors = selectErrors(errors).map((error) => ({
          ...error,
          message: shortened(caller.withoutToken(error.message)),
          extensions: { ...error.extensions, requestId },
        }));
      },
    };
  },
};

/** All errors of fields: each explains a `null`. Of the errors in the request itself, the first ones. */
function selectErrors(errors: readonly GraphQLFormattedError[]): readonly GraphQLFormattedError[] {
  const limitError = errors.find(({ extensions }) => extensions?.code === 'LIMIT_EXCEEDED');
  if (limitError) return [limitError];
  const ofRequest = errors.filter(({ path }) => path === undefined).slice(0, LIMITS.problems);
  return errors.filter((error) => error.path !== undefined || ofRequest.includes(error));
}

function shortened(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
}
