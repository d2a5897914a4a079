import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { BrowseResolver } from './browse.ts';
import { CreateLogStreamResolver } from './create-log-stream.ts';
import { validateInput } from './validate-input.ts';

/** The whole public surface; `schema.graphql` is printed from it. */
export function buildSchema(): GraphQLSchema {
  return buildSchemaSync({
    resolvers: [BrowseResolver, CreateLogStreamResolver],
    validateFn: validateInput,
  });
}
