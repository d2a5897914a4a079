import type { ApolloServerPlugin } from '@apollo/server';
import {
  coerceInputValue,
  GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  typeFromAST,
  type VariableDefinitionNode,
} from 'graphql';
import type { InputProblem } from '../lts/lts-failure.ts';

/**
 * Refuses variables of the wrong type before graphql-js does: its messages repeat the value, which may be
 * private. Answers 400 like it, and names every value at fault by its path from the variable.
 */
export const variablesPlugin: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async didResolveOperation({ schema, operation, request }) {
        const definitions = operation?.variableDefinitions ?? [];
        const inputErrors = wrongVariables(schema, definitions, request.variables ?? {});
        if (inputErrors.length === 0) return;
        const names = [...new Set(inputErrors.map(({ path }) => path.join('.')))].join(', ');
        throw new GraphQLError(`Variables of the wrong type or missing: ${names}.`, {
          extensions: { code: 'BAD_USER_INPUT', inputErrors, http: { status: 400 } },
        });
      },
    };
  },
};

function wrongVariables(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  values: Record<string, unknown>,
): InputProblem[] {
  const problems: InputProblem[] = [];
  for (const definition of definitions) {
    const type = typeFromAST(schema, definition.type) as GraphQLInputType; // the document is valid
    const name = definition.variable.name.value;
    const value = values[name];
    if (value === undefined) {
      const required = definition.type.kind === 'NonNullType' && definition.defaultValue === undefined;
      if (required) problems.push({ path: [name], message: `Required, of type ${type}.` });
      continue;
    }
    coerceInputValue(value, type, (path, _invalid, error) => {
      problems.push({ path: [name, ...path.map(String)], message: withoutValue(error.message, type) });
    });
  }
  return problems;
}

/** graphql-js ends a sentence about a value with that value, or names a field of the input that is unknown. */
function withoutValue(message: string, type: GraphQLInputType): string {
  const known = /^(Int|Float|String|Boolean|ID) cannot represent [a-z0-9 -]+/.exec(message)?.[0];
  if (known !== undefined) return `${known.replace(/ value$/, ' values')}.`;
  return /^Field "\w+" of required type "[^"]+" was not provided\.$/.test(message)
    ? message
    : `Does not fit type ${type}.`;
}
