import type { MiddlewareFn } from 'type-graphql';
import type { GatewayContext } from './context.ts';
import { LtsError } from './lts-error.ts';

/** For mutations: one line in the log that says who did what to what, and what came of it. */
export const audited: MiddlewareFn<GatewayContext> = async ({ args, context, info }, next) => {
  const tell = (outcome: string) => {
    const { projectId, groupId, streamId, input } = args;
    // Until the arguments have been found to be plain they can be anything, a token pasted by mistake too.
    const target =
      outcome === 'GATEWAY.INVALID_INPUT' ? {} : { projectId, groupId, streamId, newName: input?.name };
    context.log.info(
      { tokenHash: context.record.tokenHash, mutation: info.fieldName, ...target, outcome },
      'audit',
    );
  };
  try {
    const result: unknown = await next();
    tell(result instanceof LtsError ? result.code : 'OK');
    return result;
  } catch (error) {
    tell('INTERNAL_SERVER_ERROR');
    throw error;
  }
};
