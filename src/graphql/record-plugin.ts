import type { ApolloServerPlugin } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import type { GraphQLError, OperationDefinitionNode } from 'graphql';
import { LtsFailure } from '../lts/lts-failure.ts';
import type { GatewayContext } from './context.ts';
import { isBug } from './failures.ts';

/** Notes operation and failures in the request's record, and logs our own bugs. */
export const recordPlugin: ApolloServerPlugin<GatewayContext> = {
  async requestDidStart({ contextValue: { record, gone, log, withoutToken } }) {
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
          record.failure ??= failureOf(error);
        }
      },
      async willSendResponse({ response }) {
        if (gone.aborted) {
          const outcome = record.failure?.code ?? 'OK';
          log.info({ ...record.operation, outcome }, 'ended after the caller had gone');
        }
        if (response.body.kind !== 'single') return;
        const { errors = [] } = response.body.singleResult;
        // Only now it has the code that the caller is told.
        if (record.failure?.kind === 'GRAPHQL') record.failure.code = String(errors[0]?.extensions?.code);
      },
    };
  },
};

function failureOf(error: GraphQLError): { code: string; kind: string } {
  const cause = unwrapResolverError(error);
  if (cause instanceof LtsFailure) return { code: cause.code, kind: cause.kind };
  return isBug(error)
    ? { code: 'INTERNAL_SERVER_ERROR', kind: 'BUG' }
    : { code: String(error.extensions.code), kind: 'GRAPHQL' };
}

/** Known to the schema, since the operation has been validated. */
function rootFieldOf({ selectionSet: { selections } }: OperationDefinitionNode): string {
  const names = new Set(selections.map((field) => (field.kind === 'Field' ? field.name.value : 'several')));
  const [only = 'several', ...others] = names;
  return others.length === 0 ? only : 'several';
}
