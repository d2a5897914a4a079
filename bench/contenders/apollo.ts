/** Apollo Server as its guide starts it, with Apollo's data source for REST. No validation of input, no limits, no log. */
import { RESTDataSource } from '@apollo/datasource-rest';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import {
  asLogStreams,
  type CreateArguments,
  type LtsList,
  logStreamCreated,
  newLogStream,
  PORT,
  readTypeDefs,
  streamsPath,
  UPSTREAM,
} from './common.ts';

class LogTankService extends RESTDataSource {
  override readonly baseURL = UPSTREAM;
  readonly #headers: Record<string, string>;

  constructor(token: string) {
    super({ cache: server.cache });
    this.#headers = { 'x-auth-token': token };
  }

  async createLogStream(created: CreateArguments) {
    const body = newLogStream(created.input);
    return logStreamCreated(await this.post(streamsPath(created), { body, headers: this.#headers }));
  }

  async logStreams(group: { projectId: string; groupId: string }) {
    return asLogStreams(await this.get<LtsList>(streamsPath(group), { headers: this.#headers }));
  }
}

interface Context {
  readonly lts: LogTankService;
}

const server = new ApolloServer<Context>({
  typeDefs: readTypeDefs(),
  resolvers: {
    Query: {
      logStreams: (_: unknown, group: { projectId: string; groupId: string }, { lts }: Context) =>
        lts.logStreams(group),
    },
    Mutation: {
      createLogStream: (_: unknown, created: CreateArguments, { lts }: Context) =>
        lts.createLogStream(created),
    },
  },
});
await startStandaloneServer(server, {
  listen: { host: '127.0.0.1', port: PORT },
  context: async ({ req }) => ({ lts: new LogTankService(String(req.headers['x-auth-token'])) }),
});
