import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError } from 'graphql';
import type { GatewayContext } from './context.ts';

/** Put in the place of what must not even be validated: validation tells about the schema. */
const NOTHING = '{ __typename }';

/**
 * Runs the documents listed and no others, asked for by ID or by text. An ID that is not listed gets
 * PERSISTED_QUERY_NOT_FOUND from Apollo Server, at which clients send the text.
 *
 * @param documents text of each operation, by ID
 */
export function trustedDocumentsPlugin(
  documents: ReadonlyMap<string, string>,
): ApolloServerPlugin<GatewayContext> {
  const texts = new Set(documents.values());
  return {
    async requestDidStart({ request, contextValue: { record } }) {
      const { persistedQuery, ...extensions } = request.extensions ?? {};
      const text = request.query || documents.get(persistedQuery?.sha256Hash);
      if (text === undefined) return;
      request.extensions = extensions; // IDs of a list need not be the hashes that Apollo Server would check
      request.query = text;
      if (texts.has(text)) return;
      request.query = NOTHING;
      return {
        async didResolveOperation() {
          delete record.operation;
          throw new GraphQLError('This operation is not one of those that the gateway runs.', {
            extensions: { code: 'QUERY_NOT_IN_SAFELIST', http: { status: 400 } },
          });
        },
      };
    },
  };
}
