import {
  coerceInputValue,
  GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  isListType,
  type OperationDefinitionNode,
  typeFromAST,
  type VariableDefinitionNode,
} from 'graphql';
import { LIMITS } from '../limits.ts';
import { limitError } from './errors/format-error.ts';
import type { InputError } from './errors/lts-error.ts';

/**
 * Refuses variables of the wrong type before graphql-js does, whose messages repeat the value, which may be private. A list
 * that is too long is refused before its items are checked.
 *
 * @throws GraphQLError with status 400, as graphql-js's has, and the paths of up to `LIMITS.problems` values at fault
 */
export function checkVariables(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  values: Record<string, unknown>,
): void {
  const inputErrors = wrongVariables(schema, variableDefinitions, values);
  if (inputErrors.length === 0) return;
  const names = [...new Set(inputErrors.map(({ path }) => path.join('.')))].join(', ');
  throw new GraphQLError(`Variables of the wrong type or missing: ${names}.`, {
    extensions: { code: 'BAD_USER_INPUT', inputErrors, http: { status: 400 } },
  });
}

function wrongVariables(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  values: Record<string, unknown>,
): InputError[] {
  const problems: InputError[] = [];
  const report = (problem: InputError) => {
    problems.push(problem);
    if (problems.length === LIMITS.problems) throw new EnoughProblems();
  };
  try {
    for (const definition of definitions) checkVariable(schema, definition, values, report);
  } catch (error) {
    if (!(error instanceof EnoughProblems)) throw error;
  }
  return problems;
}

/** Ends the check of variables once as many problems are found as may be reported. */
class EnoughProblems extends Error {}

function checkVariable(
  schema: GraphQLSchema,
  definition: VariableDefinitionNode,
  values: Record<string, unknown>,
  report: (problem: InputError) => void,
): void {
  const type = typeFromAST(schema, definition.type) as GraphQLInputType; // the document is valid
  const name = definition.variable.name.value;
  const value = Object.hasOwn(values, name) ? values[name] : undefined; // a name can be `toString`
  refuseLongLists(value, type, [name]);
  if (value === undefined) {
    const required = definition.type.kind === 'NonNullType' && definition.defaultValue === undefined;
    if (required) report({ path: [name], message: `Required, of type ${type}.` });
    return;
  }
  coerceInputValue(value, type, (path, _invalid, error) => {
    report({ path: [name, ...path.map(String)], message: withoutValue(error.message, type) });
  });
}

/** @throws GraphQLError when a list anywhere in a value is longer than `LIMITS.listItems` */
function refuseLongLists(value: unknown, type: GraphQLInputType, path: readonly string[]): void {
  const nullable = getNullableType(type);
  if (isListType(nullable) && Array.isArray(value)) {
    if (value.length > LIMITS.listItems)
      throw limitError(LIMITS.listItems, `items in the list ${path.join('.')}`);
    for (const [index, item] of value.entries())
      refuseLongLists(item, nullable.ofType, [...path, String(index)]);
  }
  if (isInputObjectType(nullable) && typeof value === 'object' && value !== null) {
    for (const field of Object.values(nullable.getFields())) {
      const { [field.name]: item } = value as Record<string, unknown>;
      if (typeof item === 'object') refuseLongLists(item, field.type, [...path, field.name]);
    }
  }
}

/** graphql-js ends a sentence about a value with that value, or names an unknown field of the input. */
function withoutValue(message: string, type: GraphQLInputType): string {
  const known = /^(Int|Float|String|Boolean|ID) cannot represent [a-z0-9 -]+/.exec(message)?.[0];
  if (known !== undefined) return `${known.replace(/ value$/, ' values')}.`;
  return /^Field "\w+" of required type "[^"]+" was not provided\.$/.test(message)
    ? message
    : `Does not fit type ${type}.`;
}
