import { type ClassType, createUnionType, Mutation } from 'type-graphql';
import { LtsError } from './errors/lts-error.ts';

/**
 * Declares a mutation: its result is the nullable union of `Success` and `LtsError`.
 *
 * @param Success object type of the result when all went well
 */
export function LtsMutation<T extends object>(Success: ClassType<T>, options: { description: string }) {
  return (
    target: object,
    mutation: string,
    descriptor: TypedPropertyDescriptor<(...args: never[]) => Promise<T>>,
  ): void => {
    const Result = createUnionType({
      name: `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Result`,
      description: `Outcome of \`${mutation}\`. May gain members; every failure member implements \`DisplayableError\`.`,
      types: () => [Success, LtsError] as const,
    });
    const { description } = options;
    Mutation(() => Result, { nullable: true, description })(target, mutation, descriptor);
  };
}
