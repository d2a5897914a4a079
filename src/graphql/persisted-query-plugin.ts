import type { ApolloServerPlugin } from '@apollo/server';

/** Makes the ID of a persisted query that is no string one that is not found: Apollo Server would throw on it. */
export const persistedQueryPlugin: ApolloServerPlugin = {
  async requestDidStart({ request }) {
    const { persistedQuery } = request.extensions ?? {};
    if (!persistedQuery || typeof persistedQuery.sha256Hash === 'string') return;
    request.extensions = { ...request.extensions, persistedQuery: { ...persistedQuery, sha256Hash: '' } };
  },
};
