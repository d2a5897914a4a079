import type { ArgsDictionary, MiddlewareFn } from 'type-graphql';
import type { GatewayContext } from './context.ts';
import { LtsError } from './lts-error.ts';

/** For mutations: one line in the log that says who did what to what, and what came of it. */
export const audited: MiddlewareFn<GatewayContext> = async ({ args, context, info }, next) => {
  const { tokenHash } = context.record;
  const tell = (outcome: string, target: object) =>
    context.log.info({ tokenHash, mutation: info.fieldName, ...target, outcome }, 'audit');
  try {
    const result: unknown = await next();
    const failure = result instanceof LtsError ? result : null;
    // Arguments that failed the checks can be anything, and nothing was attempted with them.
    const isRefused = failure?.code === 'GATEWAY.INVALID_INPUT' && failure.httpStatus === null;
    tell(failure?.code ?? 'OK', isRefused ? {} : targetOf(args, context));
    return result;
  } catch (error) {
    tell('INTERNAL_SERVER_ERROR', targetOf(args, context));
    throw error;
  }
};

function targetOf({ projectId, groupId, streamId, input }: ArgsDictionary, context: GatewayContext): object {
  const target = { projectId, groupId, streamId, newName: input?.name };
  return Object.fromEntries(
    Object.entries(target).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, context.withoutToken(value)]] : [],
    ),
  );
}
