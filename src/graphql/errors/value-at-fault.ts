import { type GraphQLError, type GraphQLResolveInfo, getNullableType, isInputObjectType } from 'graphql';
import type { LtsFailure } from '../../lts/lts-failure.ts';
import { sentenceOf } from './localized-message.ts';

/** The value that an error code of LTS is about: its path from the arguments. */
const VALUE_AT_FAULT: Readonly<Record<string, readonly string[]>> = {
  'LTS.0101': ['input', 'name'],
  'LTS.0106': ['input', 'ttlInDays'],
  'LTS.0201': ['groupId'],
  'LTS.0205': ['input', 'name'],
  'LTS.0208': ['streamId'],
};

/** The failure of a field, with the value at fault where LTS's code names it and the field has such an argument. */
export function withValueAtFault(
  failure: LtsFailure,
  hasArgument: (path: readonly string[]) => boolean,
): LtsFailure {
  const path = VALUE_AT_FAULT[failure.code];
  if (path === undefined || failure.inputErrors.length > 0 || !hasArgument(path)) return failure;
  return failure.with({ inputErrors: [{ path: [...path], sentences: [sentenceOf(failure)] }] });
}

/** Whether the field that is being resolved takes an argument, or a field of an input object, of this path. */
export function isArgumentOf(
  { parentType, fieldName }: GraphQLResolveInfo,
  [name, field]: readonly string[],
): boolean {
  const argument = parentType.getFields()[fieldName]?.args.find((one) => one.name === name);
  if (argument === undefined || field === undefined) return argument !== undefined;
  const type = getNullableType(argument.type);
  return isInputObjectType(type) && field in type.getFields();
}

/** Whether the field in which an error was thrown has an argument of this path. Queries take no input objects. */
export function isArgumentOfQuery({ nodes }: GraphQLError, path: readonly string[]): boolean {
  const [node] = nodes ?? [];
  if (node?.kind !== 'Field' || path.length > 1) return false;
  return node.arguments?.some((argument) => argument.name.value === path[0]) ?? false;
}
