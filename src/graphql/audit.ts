import type { ArgsDictionary, MiddlewareFn } from 'type-graphql';
import type { GatewayContext } from './context.ts';
import { LtsError } from './errors/lts-error.ts';

/** Logs each mutation: who did what to what, and what came of it. */
export const audit: MiddlewareFn<GatewayContext> = async ({ args, context, info }, next) => {
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
