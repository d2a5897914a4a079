import type { ApolloServerPlugin } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import type { OperationDefinitionNode } from 'graphql';
import { LtsFailure } from '../lts/lts-failure.ts';
import type { GatewayContext } from './context.ts';
import { isBug } from './failures.ts';

/** Notes operation and failures in the request's record, logs our own bugs, and gives every error its request ID. */
export const recordPlugin: ApolloServerPlugin<GatewayContext> = {
  async requestDidStart({ contextValue: { record, requestId, gone, log, withoutToken } }) {
    return {
      async didResolveOperation({ operation, operationName }) {
        if (operation)
          record.operation = {
            name: operationName && withoutToken(operationName),
            type: operation.operation,
            rootField: rootFieldOf(operation),
          };
      },
      async didEncounterErrors({ errors }) {
        for (const error of errors) {
          const cause = unwrapResolverError(error);
          if (isBug(error)) log.error({ err: cause }, 'the gateway itself failed');
          record.failure ??=
            cause instanceof LtsFailure
              ? { code: cause.code, kind: cause.kind }
              : {
                  code: String(
                    error.extensions.code ?? (isBug(error) ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST'),
                  ),
                  kind: isBug(error) ? 'BUG' : 'GRAPHQL',
                };
        }
      },
      async willSendResponse({ response }) {
        if (gone.aborted) {
          const outcome = record.failure?.code ?? 'OK';
          log.info({ ...record.operation, outcome }, 'ended after the caller had gone');
        }
        if (response.body.kind !== 'single') return;
        for (const error of response.body.singleResult.errors ?? []) {
          Object.assign(error, { extensions: { ...error.extensions, requestId } });
        }
      },
    };
  },
};

/** Known to the schema, since the operation has been validated. */
function rootFieldOf({ selectionSet: { selections } }: OperationDefinitionNode): string {
  const names = new Set(selections.map((field) => (field.kind === 'Field' ? field.name.value : 'several')));
  const [only = 'several', ...others] = names;
  return others.length === 0 ? only : 'several';
}
