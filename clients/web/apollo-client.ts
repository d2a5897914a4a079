import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { relayStylePagination } from '@apollo/client/utilities';
import possibleTypes from '../possible-types.json' with { type: 'json' };
import { CreateLogStreamDocument } from '../typescript/operations.ts';
import type { SendCreate } from './create-log-stream.ts';

/** @param token returns the IAM token of the user who is signed in; it is asked before each request */
export function createApolloClient(uri: string, token: () => Promise<string>): ApolloClient {
  const withToken = new SetContextLink(async ({ headers }) => ({
    headers: { ...headers, 'X-Auth-Token': await token() },
  }));
  return new ApolloClient({
    link: withToken.concat(new HttpLink({ uri })),
    cache: new InMemoryCache({
      // The pattern keeps the message of a type of failure that was added after this app was built.
      possibleTypes: { ...possibleTypes, DisplayableError: [...possibleTypes.DisplayableError, '.+'] },
      // A list from the gateway is complete: it replaces the one in the cache.
      typePolicies: {
        LogGroup: { fields: { logStreams: { merge: false } } },
        // Pages of one search are one list, whatever `after` and `first`.
        LogStream: { fields: { logs: relayStylePagination(['search']) } },
        Query: { fields: { logGroups: { merge: false }, logStreams: { merge: false } } },
      },
    }),
  });
}

export function createWithApollo(client: ApolloClient): SendCreate {
  return async (variables) => {
    // With `all`, failures are returned in `error`: mutate throws nothing.
    const { data, error } = await client.mutate({
      mutation: CreateLogStreamDocument,
      variables,
      errorPolicy: 'all',
    });
    if (!error) return { result: data?.createLogStream };
    if (CombinedGraphQLErrors.is(error)) return { errors: error.errors };
    // No response, or one from something between the app and the gateway.
    return { isConnectionLost: true };
  };
}
