import { type ClassType, createUnionType } from 'type-graphql';
import { LtsError } from './lts-error.ts';

/**
 * The union that a mutation answers with.
 *
 * @param mutation its name, `createLogStream`
 * @param Success what it answers when all went well
 */
export function resultOf<T extends object>(mutation: string, Success: ClassType<T>) {
  return createUnionType({
    name: `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Result`,
    description: `Outcome of \`${mutation}\`. May gain members; every failure member implements \`DisplayableError\`.`,
    types: () => [Success, LtsError] as const,
  });
}
