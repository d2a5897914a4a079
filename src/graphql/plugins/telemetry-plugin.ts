import type { ApolloServerPlugin } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import { SpanKind, trace } from '@opentelemetry/api';
import type { GraphQLError, OperationDefinitionNode } from 'graphql';
import { LtsFailed } from '../../lts/failure.ts';
import { endSpan, startSpan } from '../../telemetry/traces.ts';
import type { GatewayContext } from '../context.ts';
import { isBug } from '../errors/format-error.ts';

/** Notes the operation and its failures in the request's summary, gives it a span, and logs our own bugs. */
export const telemetryPlugin: ApolloServerPlugin<GatewayContext> = {
  async requestDidStart({ contextValue: { caller, summary, signal, log } }) {
    return {
      async didResolveOperation({ operation, operationName }) {
        if (operation)
          summary.operation = {
            name: operationName,
            type: operation.operation,
            rootField: rootFieldOf(operation),
          };
      },
      async executionDidStart({ operation }) {
        if (!operation) return; // Apollo Server calls this also where the document has none of the requested name
        const attributes = {
          'graphql.operation.type': operation.operation,
          ...(summary.operation?.name && { 'graphql.operation.name': summary.operation.name }),
        };
        // Not named after the operation: callers choose its name.
        const span = startSpan({ caller, summary }, operation.operation, SpanKind.SERVER, attributes);
        summary.trace = trace.setSpan(summary.trace, span);
        return {
          async executionDidEnd() {
            endSpan(span, caller.withoutToken(summary.failure?.code));
          },
        };
      },
      async didEncounterErrors({ errors }) {
        for (const error of errors) {
          if (isBug(error)) log.error({ err: unwrapResolverError(error) }, 'the gateway itself failed');
          summary.failure ??= failureOf(error);
        }
      },
      async willSendResponse({ response }) {
        if (signal.aborted) {
          const outcome = summary.failure?.code ?? 'OK';
          log.info({ ...summary.operation, outcome }, 'ended after the caller had gone');
        }
        if (response.body.kind !== 'single') return;
        const { errors = [] } = response.body.singleResult;
        // Before `formatError` it had no code, or not the one that the caller gets.
        if (summary.failure?.kind === 'GRAPHQL') summary.failure.code = String(errors[0]?.extensions?.code);
      },
    };
  },
};

function failureOf(error: GraphQLError): { code: string; kind: string } {
  const cause = unwrapResolverError(error);
  if (cause instanceof LtsFailed) return { code: cause.failure.code, kind: cause.failure.kind };
  return isBug(error)
    ? { code: 'INTERNAL_SERVER_ERROR', kind: 'INTERNAL_ERROR' }
    : { code: String(error.extensions.code), kind: 'GRAPHQL' };
}

/** From a closed set: the operation has been validated, so the schema has this field. */
function rootFieldOf({ selectionSet: { selections } }: OperationDefinitionNode): string {
  const names = new Set(selections.map((field) => (field.kind === 'Field' ? field.name.value : 'several')));
  const [only = 'several', ...others] = names;
  return others.length === 0 ? only : 'several';
}
