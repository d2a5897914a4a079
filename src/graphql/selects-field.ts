import {
  GraphQLIncludeDirective,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getDirectiveValues,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/**
 * Whether the field that is being resolved has a certain field selected in it, whatever its alias.
 *
 * @param path names of fields, each in the one before
 *
 * Fragments are taken to apply: only for a field whose type is an object type, not an interface or a union.
 */
export function selectsField(
  { fieldNodes, fragments, variableValues }: GraphQLResolveInfo,
  ...path: readonly string[]
): boolean {
  const isIn = (set: SelectionSetNode | undefined, [name, ...rest]: readonly string[]): boolean => {
    const matches = (node: SelectionNode): boolean => {
      if (node.kind === 'Field')
        return node.name.value === name && (rest.length === 0 || isIn(node.selectionSet, rest));
      const fragment = node.kind === 'InlineFragment' ? node : fragments[node.name.value];
      return isIn(fragment?.selectionSet, [name as string, ...rest]);
    };
    return set?.selections.some((node) => isIncluded(node, variableValues) && matches(node)) ?? false;
  };
  return fieldNodes.some(({ selectionSet }) => isIn(selectionSet, path));
}

function isIncluded(node: SelectionNode, variables: Record<string, unknown>): boolean {
  if (getDirectiveValues(GraphQLSkipDirective, node, variables)?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false;
}
