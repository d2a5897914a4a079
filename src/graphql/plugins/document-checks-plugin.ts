import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError } from 'graphql';
import type { GatewayContext } from '../context.ts';

/** Checks of a GraphQL request that Apollo Server does not make. */
export const documentChecksPlugin: ApolloServerPlugin<GatewayContext> = {
  async requestDidStart({ request, contextValue: { caller } }) {
    const { persistedQuery } = request.extensions ?? {};
    // Apollo Server would throw on a hash that is no string. An empty one is not found.
    if (persistedQuery && typeof persistedQuery.sha256Hash !== 'string') {
      request.extensions = { ...request.extensions, persistedQuery: { ...persistedQuery, sha256Hash: '' } };
    }
    if (!caller.isTokenIn(request.query ?? '')) return;
    // The document must not be kept, nor repeated in an error, nor give names to the response.
    request.query = '{ __typename }';
    request.extensions = {};
    return {
      async didResolveOperation() {
        throw new GraphQLError('The document has the token in it: send the token in a header alone.', {
          extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
        });
      },
    };
  },
};
