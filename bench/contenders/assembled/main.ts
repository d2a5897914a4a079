/**
 * What a team would build instead of the gateway, with the same duties, of well-known parts: Express, Apollo Server,
 * TypeGraphQL with class-validator, Apollo's data source for REST, GraphQL Armor, helmet, cors, express-rate-limit,
 * pino-http and express-prom-bundle. Parts have their default settings where nothing is said against it.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import { expressMiddleware } from '@as-integrations/express5';
import { ApolloArmor } from '@escape.tech/graphql-armor';
import cors from 'cors';
import express, { type ErrorRequestHandler, type Request, type Response } from 'express';
import promBundle from 'express-prom-bundle';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { GraphQLError } from 'graphql';
import helmet from 'helmet';
import { pino } from 'pino';
import { pinoHttp } from 'pino-http';
import { Counter } from 'prom-client';
import { PORT } from '../common.ts';
import { failureOf } from './failure.ts';
import { LogTankService } from './lts.ts';
import { type Context, schema } from './schema.ts';

const ORIGINS = ['https://app.example.com', 'https://admin.example.com'];

/** So many that the benchmark is not refused; counted all the same. */
const REQUESTS_A_MINUTE = 1_000_000_000;

const log = pino();

/** The caller's ID if it is well-formed, else a new one. */
function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}

const logRequests = pinoHttp<Request, Response>({
  logger: log,
  genReqId(request, response) {
    const id = requestIdOf(request);
    response.setHeader('X-Request-Id', id);
    return id;
  },
  quietReqLogger: true, // other lines have the ID only
  serializers: {
    // No headers, which have the token, and no query, which may have variables.
    req: ({ method, url }: { method: string; url: string }) => ({ method, path: url.split('?', 1)[0] }),
    res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
  },
  customSuccessObject: (_request, { locals }, fields) => ({ ...fields, ...locals }),
  customErrorObject: (_request, { locals }, _error, fields) => ({ ...fields, ...locals }),
});

const operations = new Counter({
  name: 'graphql_operations_total',
  help: 'Operations answered, by type and outcome: OK, or the code of the first error.',
  labelNames: ['type', 'outcome'],
});

/** Names the operation in the log line of its request, counts it, and logs bugs. */
const telemetry: ApolloServerPlugin<Context> = {
  async requestDidStart({ contextValue }) {
    return {
      async didResolveOperation({ operationName }) {
        contextValue.locals.operation = operationName;
      },
      async didEncounterErrors({ errors }) {
        for (const err of errors.map(unwrapResolverError)) {
          if (!(err instanceof GraphQLError)) contextValue.log.error({ err }, 'bug');
        }
      },
      async willSendResponse({ operation, response: { body } }) {
        const [error] = (body.kind === 'single' && body.singleResult.errors) || [];
        const outcome = error ? String(error.extensions?.code) : 'OK';
        operations.inc({ type: operation?.operation ?? 'none', outcome });
      },
    };
  },
};

const app = express();
app.set('trust proxy', 'loopback');
const httpServer = createServer(app);
const armor = new ApolloArmor().protect();
// Its types are of the CommonJS version of Apollo Server, which are others.
const armorPlugins = armor.plugins as unknown as ApolloServerPlugin<Context>[];
const apollo = new ApolloServer<Context>({
  schema,
  ...armor,
  plugins: [...armorPlugins, telemetry, ApolloServerPluginDrainHttpServer({ httpServer })],
  logger: log,
  formatError(formatted, error) {
    const failure = failureOf(unwrapResolverError(error));
    if (failure) return { ...formatted, message: failure.message, extensions: failure.extensions };
    const isBug = formatted.extensions?.code === 'INTERNAL_SERVER_ERROR';
    return isBug ? { ...formatted, message: 'Internal server error' } : formatted;
  },
});
await apollo.start();

const answerError: ErrorRequestHandler = (error, _request, response, next) => {
  if (response.headersSent) return next(error);
  const { status = 500, expose = false, message } = error;
  response.status(status).json({ errors: [{ message: expose ? message : 'Internal server error' }] });
};

app.use(helmet());
app.get('/readyz', (_request, response) => {
  response.send('ok');
});
app.use(
  promBundle({ includeMethod: true, includePath: true, promClient: { collectDefaultMetrics: {} } }),
  logRequests,
  cors({ origin: ORIGINS, exposedHeaders: ['X-Request-Id', 'Retry-After'], maxAge: 86_400 }),
);
app.use(
  '/graphql',
  (request, { locals }, next) => {
    const token = request.get('X-Auth-Token');
    if (token !== undefined) locals.tokenHash = createHash('sha256').update(token).digest('base64url');
    next();
  },
  rateLimit({
    windowMs: 60_000,
    limit: REQUESTS_A_MINUTE,
    keyGenerator: ({ ip = '' }, { locals }) => locals.tokenHash ?? ipKeyGenerator(ip),
  }),
  express.json(),
  expressMiddleware(apollo, {
    context: async ({ req, res: { locals } }) => ({
      lts: new LogTankService({ cache: apollo.cache }, req.get('X-Auth-Token'), locals.tokenHash),
      requestId: String(req.id),
      tokenHash: locals.tokenHash,
      log: req.log,
      locals,
    }),
  }),
);
app.use(answerError);

httpServer.listen(PORT, '127.0.0.1');
