import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError } from 'graphql';
import type { GatewayContext } from '../context.ts';

/** Takes the place of a document that must not even be validated: errors of validation tell about the schema. */
const EMPTY_DOCUMENT = '{ __typename }';

/**
 * Runs the listed documents and no others, whether a request has the ID or the text. For an ID that is not listed
 * Apollo Server answers PERSISTED_QUERY_NOT_FOUND, and clients then send the text.
 *
 * @param documents text of each operation, by ID
 */
export function trustedDocumentsPlugin(
  documents: ReadonlyMap<string, string>,
): ApolloServerPlugin<GatewayContext> {
  const texts = new Set(documents.values());
  return {
    async requestDidStart({ request, contextValue: { summary } }) {
      const { persistedQuery, ...extensions } = request.extensions ?? {};
      const text = request.query || documents.get(persistedQuery?.sha256Hash);
      if (text === undefined) return;
      request.extensions = extensions; // IDs of a list need not be the hashes that Apollo Server would check
      request.query = text;
      if (texts.has(text)) return;
      request.query = EMPTY_DOCUMENT;
      return {
        async didResolveOperation() {
          delete summary.operation;
          throw new GraphQLError('This operation is not one of those that the gateway runs.', {
            extensions: { code: 'QUERY_NOT_IN_SAFELIST', http: { status: 400 } },
          });
        },
      };
    },
  };
}
