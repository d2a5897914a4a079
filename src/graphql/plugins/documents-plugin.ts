import type { ApolloServerPlugin, GraphQLRequest, GraphQLRequestListener } from '@apollo/server';
import { GraphQLError } from 'graphql';
import type { GatewayContext } from '../context.ts';

/** Takes the place of a document that must not be parsed, kept, or repeated in an error. */
const EMPTY_DOCUMENT = '{ __typename }';

/**
 * Decides which document is executed. One with the caller's token in it is refused. With trusted documents only these are
 * executed, whether a request has the ID or the text. For an ID that is not listed Apollo Server answers
 * PERSISTED_QUERY_NOT_FOUND, and clients then send the text.
 *
 * To be the last plugin: it removes what others have noted about the document that takes the place of one.
 *
 * @param trusted text of each trusted document, by ID; `null` for any document
 */
export function documentsPlugin(
  trusted: ReadonlyMap<string, string> | null,
): ApolloServerPlugin<GatewayContext> {
  const trustedTexts = trusted && new Set(trusted.values());
  return {
    async requestDidStart({ request, contextValue: { caller } }) {
      const { persistedQuery, ...extensions } = request.extensions ?? {};
      if (caller.isTokenIn(request.query ?? '')) {
        const message = 'The document has the token in it: send the token in a header alone.';
        return refuse(request, message, 'BAD_REQUEST');
      }
      const text = request.query || trusted?.get(persistedQuery?.sha256Hash);
      if (trustedTexts && text !== undefined) {
        if (!trustedTexts.has(text)) {
          const message = 'This operation is not one of those that the gateway runs.';
          return refuse(request, message, 'QUERY_NOT_IN_SAFELIST');
        }
        request.extensions = extensions; // IDs of a list need not be the hashes that Apollo Server would check
        request.query = text;
      } else if (persistedQuery && typeof persistedQuery.sha256Hash !== 'string') {
        // Apollo Server would throw on a hash that is no string. An empty one is not found.
        request.extensions = { ...extensions, persistedQuery: { ...persistedQuery, sha256Hash: '' } };
      }
    },
  };
}

/** Apollo Server answers what a plugin throws with 500, except from this hook, which comes after the validation. */
function refuse(
  request: GraphQLRequest,
  message: string,
  code: string,
): GraphQLRequestListener<GatewayContext> {
  request.query = EMPTY_DOCUMENT;
  request.extensions = {};
  return {
    async didResolveOperation({ contextValue: { summary } }) {
      delete summary.operation;
      throw new GraphQLError(message, { extensions: { code, http: { status: 400 } } });
    },
  };
}
