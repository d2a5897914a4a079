import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { limitContentReads } from './content-reads.ts';
import type { GatewayContext } from './context.ts';
import { LogResolver, LogStreamContentResolver } from './log/log-resolver.ts';
import { LogGroupResolver } from './log-group/log-group-resolver.ts';
import { LogStreamResolver } from './log-stream/log-stream-resolver.ts';
import { limitResponseSize } from './response-size.ts';
import { handleFailures } from './root-fields.ts';
import { validateArguments } from './validation.ts';

/** The public schema; `schema.graphql` is printed from it. */
export function buildSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [LogGroupResolver, LogStreamResolver, LogStreamContentResolver, LogResolver],
    validateFn: (args = {}, _type, { context }) => validateArguments(args, context as GatewayContext),
  });
  return limitResponseSize(limitContentReads(handleFailures(schema)));
}
