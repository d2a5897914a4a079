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
 * Fragments are taken to apply: only for a field whose type is an object type, not an interface or a union.
 */
export function selectsField(
  { fieldNodes, fragments, variableValues }: GraphQLResolveInfo,
  name: string,
): boolean {
  const isIn = (set: SelectionSetNode | undefined): boolean =>
    set?.selections.some((node) => isIncluded(node, variableValues) && matches(node)) ?? false;
  const matches = (node: SelectionNode): boolean => {
    if (node.kind === 'Field') return node.name.value === name;
    return isIn((node.kind === 'InlineFragment' ? node : fragments[node.name.value])?.selectionSet);
  };
  return fieldNodes.some(({ selectionSet }) => isIn(selectionSet));
}

function isIncluded(node: SelectionNode, variables: Record<string, unknown>): boolean {
  if (getDirectiveValues(GraphQLSkipDirective, node, variables)?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false;
}
