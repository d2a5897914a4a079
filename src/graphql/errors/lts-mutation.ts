import {
  type ArgsDictionary,
  type ClassType,
  createUnionType,
  type MiddlewareFn,
  Mutation,
  UseMiddleware,
} from 'type-graphql';
import { LtsFailure } from '../../lts/lts-failure.ts';
import type { GatewayContext } from '../context.ts';
import { LtsError } from './lts-error.ts';

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
    UseMiddleware(audit, returnFailures)(target, mutation, descriptor);
  };
}

const returnFailures: MiddlewareFn<GatewayContext> = async ({ context }, next) => {
  try {
    return await next();
  } catch (error) {
    if (!(error instanceof LtsFailure)) throw error;
    context.summary.failure ??= { code: error.code, kind: error.kind };
    return new LtsError(error, context.requestId);
  }
};

/** One line in the log: who did what to what, and what came of it. */
const audit: MiddlewareFn<GatewayContext> = async ({ args, context, info }, next) => {
  const log = (outcome: string, target: object) => {
    const { tokenHashPrefix: tokenHash } = context.caller;
    context.log.info({ tokenHash, mutation: info.fieldName, ...target, outcome }, 'audit');
  };
  try {
    const result: unknown = await next();
    const failure = result instanceof LtsError ? result : null;
    // Arguments that failed the validation can be anything, and nothing was attempted with them.
    const isInvalid = failure?.code === 'GATEWAY.INVALID_INPUT' && failure.httpStatus === null;
    log(failure?.code ?? 'OK', isInvalid ? {} : targetOf(args, context));
    return result;
  } catch (error) {
    log('INTERNAL_SERVER_ERROR', targetOf(args, context));
    throw error;
  }
};

/** Every string in the arguments and the input whose name is `id` or ends in `Id`, and the name of what is created. */
function targetOf(args: ArgsDictionary, { caller }: GatewayContext): object {
  const { input = {}, ...others } = args;
  const ids = Object.entries({ ...input, ...others }).filter(([name]) => /^id$|Id$/.test(name));
  const target = [...ids, ['newName', input.name]];
  return Object.fromEntries(
    target.flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, caller.withoutToken(value)]] : [],
    ),
  );
}
