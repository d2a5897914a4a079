import { GraphQLError, type ValidationRule } from 'graphql';

/** Refuses a subscription. The schema has none, which graphql-js notices only on execution, as if it were our bug. */
export const knownRootTypeRule: ValidationRule = (context) => ({
  OperationDefinition(node) {
    if (context.getSchema().getRootType(node.operation)) return;
    context.reportError(new GraphQLError(`The schema has no ${node.operation}s.`, { nodes: node }));
  },
});
