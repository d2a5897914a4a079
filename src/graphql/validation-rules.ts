import { GraphQLError, type ValidationRule } from 'graphql';
import { LIMITS } from '../limits.ts';
import { sizeErrorOf } from './document-size.ts';

/** Refuses a document that is too large, before rules of graphql-js that cost the square of the number of fields. */
export const documentSizeRule: ValidationRule = (context) => ({
  Document(document) {
    const error = sizeErrorOf(document);
    if (error === null) return;
    // The only way to end a validation early is to make graphql-js give up after so many errors.
    for (let count = 0; count <= LIMITS.problems; count += 1) context.reportError(error);
  },
});

/** Refuses a subscription. The schema has none, which graphql-js notices only on execution, as if it were our bug. */
export const knownRootTypeRule: ValidationRule = (context) => ({
  OperationDefinition(node) {
    if (context.getSchema().getRootType(node.operation)) return;
    context.reportError(new GraphQLError(`The schema has no ${node.operation}s.`, { nodes: node }));
  },
});
