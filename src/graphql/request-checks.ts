import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError } from 'graphql';
import type { GatewayContext } from './context.ts';

/** What Apollo Server does not check about a request. */
export const requestChecksPlugin: ApolloServerPlugin<GatewayContext> = {
  async requestDidStart({ request, contextValue: { hasToken } }) {
    if (hasToken(request.query ?? '')) {
      // It must not be kept, nor come back in an error, or as a name in the response.
      request.query = '{ __typename }';
      request.extensions = {};
      return {
        async didResolveOperation() {
          throw new GraphQLError('The document has the token in it: send the token in a header alone.', {
            extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
          });
        },
      };
    }
    const { persistedQuery } = request.extensions ?? {};
    // The ID of a persisted query that is no string is one that is not found: Apollo Server would throw on it.
    if (persistedQuery && typeof persistedQuery.sha256Hash !== 'string') {
      request.extensions = { ...request.extensions, persistedQuery: { ...persistedQuery, sha256Hash: '' } };
    }
    return;
  },
};
