import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { relayStylePagination } from '@apollo/client/utilities';
import { tap } from 'rxjs';
import possibleTypes from '../../../clients/possible-types.json';

/** Who is signed in. It is kept in memory only: a token does not belong in a URL, a log or the browser's storage. */
export interface Session {
  readonly projectId: string;
  readonly token: string;
}

/**
 * Makes the client of one session, with a cache of its own.
 *
 * @param onUnauthenticated called when LTS does not accept the token any more
 */
export function createApolloClient({ token }: Session, onUnauthenticated: () => void): ApolloClient {
  const headers = new SetContextLink((context) => ({
    headers: {
      ...context.headers,
      'X-Auth-Token': token,
      // The gateway writes `localizedMessage` and `inputErrors` in the language of the page.
      'Accept-Language': document.documentElement.lang,
    },
  }));
  const watchSession = new ApolloLink((operation, forward) =>
    forward(operation).pipe(
      tap((result) => {
        if (isUnauthenticated(result)) onUnauthenticated();
      }),
    ),
  );
  return new ApolloClient({
    link: ApolloLink.from([watchSession, headers, new HttpLink({ uri: '/graphql' })]),
    cache: new InMemoryCache({
      possibleTypes,
      typePolicies: {
        // A list from the gateway is complete: it replaces the one in the cache.
        LogGroup: { fields: { logStreams: { merge: false } } },
        LogStream: {
          fields: { logs: pagesOfLogs(), logHistogram: { merge: false }, logContext: { merge: false } },
        },
      },
    }),
  });
}

/** The failure of a query is in `errors`, that of a mutation is its data. */
function isUnauthenticated({ data, errors }: ApolloLink.Result): boolean {
  return (
    (errors ?? []).some((error) => error.extensions?.code === 'UNAUTHENTICATED') ||
    Object.values(data ?? {}).some((result) => result?.kind === 'UNAUTHENTICATED')
  );
}

/** All pages of a search are one list, which the first page of a new search replaces. */
function pagesOfLogs(): ReturnType<typeof relayStylePagination> {
  const policy = relayStylePagination(['search']);
  const { merge } = policy;
  if (typeof merge !== 'function') return policy;
  return {
    ...policy,
    merge(existing, incoming, options) {
      // A page that comes after its search was begun anew is not the next one of what is shown.
      const isLate = existing && options.args?.after && options.args.after !== existing.pageInfo.endCursor;
      return isLate ? existing : merge(existing, incoming, options);
    },
  };
}
