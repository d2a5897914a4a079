import { type GraphQLResolveInfo, getNullableType, isInputObjectType } from 'graphql';
import type { MiddlewareFn } from 'type-graphql';
import { LtsFailure } from '../../lts/lts-failure.ts';
import { sentenceOf } from './localized-message.ts';

/** The value that an error code of LTS is about: its path from the arguments. */
const VALUE_AT_FAULT: Readonly<Record<string, readonly string[]>> = {
  'LTS.0101': ['input', 'name'],
  'LTS.0106': ['input', 'ttlInDays'],
  'LTS.0201': ['groupId'],
  'LTS.0205': ['input', 'name'],
  'LTS.0208': ['streamId'],
};

/**
 * Middleware of a query or mutation: its failure gets the value at fault, where LTS's code names it and the field has such
 * an argument. That is done here because only here is the field known: the errors that graphql-jit makes do not name it.
 */
export const nameValueAtFault: MiddlewareFn = async ({ info }, next) => {
  try {
    return await next();
  } catch (error) {
    throw error instanceof LtsFailure ? withValueAtFault(error, info) : error;
  }
};

function withValueAtFault(failure: LtsFailure, info: GraphQLResolveInfo): LtsFailure {
  const path = VALUE_AT_FAULT[failure.code];
  if (path === undefined || failure.inputErrors.length > 0 || !isArgumentOf(info, path)) return failure;
  return failure.with({ inputErrors: [{ path: [...path], sentences: [sentenceOf(failure)] }] });
}

/** Whether the field that is being resolved takes an argument, or a field of an input object, of this path. */
function isArgumentOf(
  { parentType, fieldName }: GraphQLResolveInfo,
  [name, field]: readonly string[],
): boolean {
  const argument = parentType.getFields()[fieldName]?.args.find((one) => one.name === name);
  if (argument === undefined || field === undefined) return argument !== undefined;
  const type = getNullableType(argument.type);
  return isInputObjectType(type) && field in type.getFields();
}
