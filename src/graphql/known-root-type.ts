import { GraphQLError, type OperationDefinitionNode, type ValidationRule } from 'graphql';

/** Refuses a subscription, of which the schema has none: graphql-js notices only on execution, as a bug of ours. */
export const knownRootTypeRule: ValidationRule = (context) => ({
  OperationDefinition(node: OperationDefinitionNode) {
    if (context.getSchema().getRootType(node.operation)) return;
    context.reportError(new GraphQLError(`The schema has no ${node.operation}s.`, { nodes: node }));
  },
});
