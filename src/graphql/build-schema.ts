import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { BrowseResolver } from './browse.ts';
import type { GatewayContext } from './context.ts';
import { CreateLogGroupResolver } from './create-log-group.ts';
import { CreateLogStreamResolver } from './create-log-stream.ts';
import { DeleteLogGroupResolver } from './delete-log-group.ts';
import { DeleteLogStreamResolver } from './delete-log-stream.ts';
import { LogGroupResolver } from './log-group.ts';
import { UpdateLogGroupResolver } from './update-log-group.ts';
import { UpdateLogStreamResolver } from './update-log-stream.ts';
import { validateInput } from './validate-input.ts';

/** The whole public surface; `schema.graphql` is printed from it. */
export function buildSchema(): GraphQLSchema {
  return buildSchemaSync({
    resolvers: [
      BrowseResolver,
      LogGroupResolver,
      CreateLogGroupResolver,
      UpdateLogGroupResolver,
      DeleteLogGroupResolver,
      CreateLogStreamResolver,
      UpdateLogStreamResolver,
      DeleteLogStreamResolver,
    ],
    validateFn: (args = {}, _type, { context }) => validateInput(args, context as GatewayContext),
  });
}
