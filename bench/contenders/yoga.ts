/** GraphQL Yoga on node:http, fetch by hand. No validation of input, no limits, no log. */
import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';
import {
  type CreateArguments,
  logStreamCreated,
  newLogStream,
  PORT,
  readTypeDefs,
  streamsPath,
  UPSTREAM,
} from './common.ts';

const resolvers = {
  Mutation: {
    async createLogStream(_: unknown, created: CreateArguments, { request }: { request: Request }) {
      const reply = await fetch(UPSTREAM + streamsPath(created), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-auth-token': request.headers.get('x-auth-token') ?? '',
        },
        body: JSON.stringify(newLogStream(created.input)),
      });
      return logStreamCreated((await reply.json()) as { log_stream_id: string });
    },
  },
};

const yoga = createYoga({
  schema: createSchema({ typeDefs: readTypeDefs(), resolvers }),
  logging: false,
  graphiql: false,
});
createServer(yoga).listen(PORT, '127.0.0.1');
