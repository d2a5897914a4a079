import { readFileSync } from 'node:fs';
import {
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  Kind,
  parse,
  typeFromAST,
} from 'graphql';
import { buildSchema } from '../../src/graphql/schema.ts';

const schema = buildSchema();

/** The operations of `clients/operations`, each with its fragments: every mutation and query of the schema has one. */
export const OPERATIONS: readonly { readonly id: string; readonly name: string; readonly body: string }[] =
  JSON.parse(readFileSync('clients/persisted-query-manifest.json', 'utf8')).operations;

/** Valid values for all variables of a document, with this ID wherever one is expected. No times are among them. */
export function exampleVariables(document: string, id: string): Record<string, any> {
  const definitions = parse(document).definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? (definition.variableDefinitions ?? []) : [],
  );
  return Object.fromEntries(
    definitions.map(({ variable: { name }, type }) => [
      name.value,
      exampleOf(typeFromAST(schema, type) as GraphQLInputType, id),
    ]),
  );
}

/** A valid value of a type. Every string is `some-text`. */
export function exampleOf(type: GraphQLInputType, id: string): unknown {
  if (isNonNullType(type)) return exampleOf(type.ofType, id);
  if (isListType(type)) return [exampleOf(type.ofType, id)];
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields());
    return Object.fromEntries(fields.map((field) => [field.name, exampleOf(field.type, id)]));
  }
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (type.name === 'DateTimeISO') return undefined;
  if (type.name === 'ID') return id;
  if (type.name === 'Boolean') return false;
  return type.name === 'Int' ? 7 : 'some-text';
}
