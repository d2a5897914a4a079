/** Mercurius on Fastify, undici by hand. No validation of input, no limits, no log. */
import { fastify } from 'fastify';
import { type MercuriusContext, mercurius } from 'mercurius';
import { Pool } from 'undici';
import {
  type CreateArguments,
  logStreamCreated,
  newLogStream,
  PORT,
  readTypeDefs,
  streamsPath,
  UPSTREAM,
} from './common.ts';

declare module 'mercurius' {
  interface MercuriusContext {
    token: string;
  }
}

const upstream = new Pool(UPSTREAM);

const resolvers = {
  Mutation: {
    async createLogStream(_: unknown, created: CreateArguments, { token }: MercuriusContext) {
      const reply = await upstream.request({
        method: 'POST',
        path: streamsPath(created),
        headers: { 'content-type': 'application/json', 'x-auth-token': token },
        body: JSON.stringify(newLogStream(created.input)),
      });
      return logStreamCreated((await reply.body.json()) as { log_stream_id: string });
    },
  },
};

const app = fastify();
app.register(mercurius, {
  schema: readTypeDefs(),
  resolvers,
  context: (request) => ({ token: String(request.headers['x-auth-token']) }),
});
app.get('/', async () => 'ok');
await app.listen({ host: '127.0.0.1', port: PORT });
