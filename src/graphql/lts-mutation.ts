import { type ClassType, createUnionType, type MiddlewareFn, Mutation, UseMiddleware } from 'type-graphql';
import { LtsFailure } from '../lts/lts-failure.ts';
import { audit } from './audit.ts';
import type { GatewayContext } from './context.ts';
import { LtsError } from './errors/lts-error.ts';
import { nameValueAtFault } from './errors/value-at-fault.ts';

/**
 * Declares a mutation: its result is the nullable union of `Success` and `LtsError`, an `LtsFailure` thrown by the
 * method becomes an `LtsError`, and each call is logged as an `audit` line.
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
    UseMiddleware(audit, returnFailures, nameValueAtFault)(target, mutation, descriptor);
  };
}

const returnFailures: MiddlewareFn<GatewayContext> = async ({ context, args }, next) => {
  try {
    return await next();
  } catch (error) {
    if (!(error instanceof LtsFailure)) throw error;
    context.summary.failure ??= { code: error.code, kind: error.kind };
    const { requestId, language } = context;
    return new LtsError(error, { requestId, language, projectId: args.projectId });
  }
};
