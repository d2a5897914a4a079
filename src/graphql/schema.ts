import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import type { GatewayContext } from './context.ts';
import { LogGroupResolver } from './log-group/log-group-resolver.ts';
import { LogStreamResolver } from './log-stream/log-stream-resolver.ts';
import { validateArguments } from './validation/validate-arguments.ts';

/** The public schema; `schema.graphql` is printed from it. */
export function buildSchema(): GraphQLSchema {
  return buildSchemaSync({
    resolvers: [LogGroupResolver, LogStreamResolver],
    validateFn: (args = {}, _type, { context }) => validateArguments(args, context as GatewayContext),
  });
}
