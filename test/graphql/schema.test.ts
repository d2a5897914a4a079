import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import {
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { buildSchema } from '../../src/graphql/schema.ts';

/** Names that need no description. */
const SELF_EVIDENT = new Set([
  'id',
  'name',
  'key',
  'value',
  'input',
  'logGroup',
  'logStream',
  'logGroupId',
  'logStreamId',
]);

const schema = buildSchema();

test('schema.graphql matches the code (`npm run schema` updates it)', () => {
  expect(readFileSync('schema.graphql', 'utf8')).toBe(`${printSchema(lexicographicSortSchema(schema))}\n`);
});

test('every type, field, argument and enum value has a description', () => {
  expect([...undescribed(schema)]).toEqual([]);
});

test('every mutation returns a nullable union with LtsError', () => {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    expect(isUnionType(field.type) && field.type.getTypes().map(String)).toContain('LtsError');
  }
});

test('LtsError is the only type that implements DisplayableError', () => {
  const implementations = schema.getImplementations(schema.getType('DisplayableError') as never).objects;
  expect(implementations.map(String)).toEqual(['LtsError']);
});

function* undescribed(of: GraphQLSchema): Generator<string> {
  for (const type of Object.values(of.getTypeMap())) {
    if (type.name.startsWith('__') || isSpecifiedScalarType(type)) continue;
    const isRoot = type === of.getQueryType() || type === of.getMutationType();
    if (!type.description && !isRoot) yield type.name;
    if (isEnumType(type)) {
      for (const value of type.getValues()) if (!value.description) yield `${type.name}.${value.name}`;
    }
    if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) {
        if (!field.description && !SELF_EVIDENT.has(field.name)) yield `${type.name}.${field.name}`;
        for (const argument of 'args' in field ? field.args : []) {
          if (!argument.description && !SELF_EVIDENT.has(argument.name)) {
            yield `${type.name}.${field.name}(${argument.name})`;
          }
        }
      }
    }
  }
}
