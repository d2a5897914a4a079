import { createServer } from 'node:http';
import { ApolloServer, type ApolloServerOptions, type BaseContext } from '@apollo/server';
import {
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import Fastify, { type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { BoundedCache } from './graphql/bounded-cache.ts';
import { buildSchema } from './graphql/build-schema.ts';
import { createContext, type GatewayContext } from './graphql/context.ts';
import { documentSizeRule } from './graphql/document-size.ts';
import type { ExampleValues } from './graphql/example-operation.ts';
import { formatError } from './graphql/failures.ts';
import { knownRootTypeRule } from './graphql/known-root-type.ts';
import { LIMITS } from './graphql/limits.ts';
import { recordPlugin } from './graphql/record-plugin.ts';
import { requestChecksPlugin } from './graphql/request-checks.ts';
import { responseErrorsPlugin } from './graphql/response-errors.ts';
import { tracePlugin } from './graphql/trace-plugin.ts';
import { trustedDocumentsPlugin } from './graphql/trusted-documents.ts';
import { variablesPlugin } from './graphql/variables-plugin.ts';
import { AdmissionControl } from './http/admission-control.ts';
import { callerAddress } from './http/caller-address.ts';
import { MAX_CONNECTIONS, serveOneRequestAtATime } from './http/connections.ts';
import { openToOrigins } from './http/cors.ts';
import { answerClientError, answerHttpError, answerInGraphqlShape } from './http/errors.ts';
import { explorerPlugin } from './http/explorer.ts';
import { type Readiness, serveProbes } from './http/probes.ts';
import { protect } from './http/protection.ts';
import { limitRate } from './http/rate-limit.ts';
import { requestIdOf } from './http/request-id.ts';
import { recordRequest, recordRequests } from './http/request-records.ts';
import { traceRequests } from './http/request-traces.ts';
import { refuseUnanswerable } from './http/unanswerable.ts';
import { shareLts } from './lts/lts-caller.ts';
import type { LtsClient } from './lts/lts-client.ts';
import type { ReconcileTimes } from './lts/reconcile-create.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** How long a connection is kept without a request, in milliseconds: longer than a load balancer keeps its own. */
const KEEP_ALIVE_MS = 72_000;

/** What the HTTP edge needs to know. */
export interface EdgeOptions {
  readonly config: Pick<
    Config,
    'explorer' | 'corsOrigins' | 'rateLimit' | 'rateLimitAddress' | 'rateLimitUrl' | 'trustedProxies'
  >;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
}

export interface GatewayOptions extends EdgeOptions {
  readonly config: EdgeOptions['config'] & Pick<Config, 'production' | 'introspection' | 'trustedDocuments'>;
  readonly lts: LtsClient;
  /** How long the outcome of a create is looked for. */
  readonly reconcileTimes?: ReconcileTimes | undefined;
  /** What Sandbox opens with; placeholders when left out. */
  readonly example?: ExampleValues | undefined;
}

/** The whole gateway, put together but not listening. Closing it ends what is in flight first. */
export async function createGateway(options: GatewayOptions): Promise<FastifyInstance> {
  const { config, lts, log } = options;
  const connection = shareLts(lts, options.reconcileTimes);
  const { app, executionsEnd } = await createEdge<GatewayContext>(
    options,
    {
      schema: buildSchema(),
      introspection: config.introspection,
      includeStacktraceInErrorResponses: false,
      hideSchemaDetailsFromClientErrors: config.production,
      stopOnTerminationSignals: false,
      logger: log,
      formatError,
      parseOptions: { maxTokens: LIMITS.documentTokens, noLocation: true },
      validationRules: [documentSizeRule, knownRootTypeRule],
      validationOptions: { maxErrors: LIMITS.problems },
      documentStore: new BoundedCache(LIMITS.documentsBytes),
      persistedQueries: { cache: new BoundedCache(LIMITS.persistedQueriesBytes) },
      plugins: [
        explorerPlugin(config.explorer, options.example),
        requestChecksPlugin,
        variablesPlugin,
        recordPlugin,
        responseErrorsPlugin,
        ...(config.trustedDocuments ? [trustedDocumentsPlugin(config.trustedDocuments)] : []),
        tracePlugin,
        // What callers ask is nobody else's business, whatever APOLLO_KEY says.
        ApolloServerPluginUsageReportingDisabled(),
        ApolloServerPluginSchemaReportingDisabled(),
      ],
    },
    async (request) => createContext(connection, request),
  );
  app.addHook('onClose', async () => {
    await executionsEnd();
    lts.close();
  });
  return app;
}

export interface Edge<Context extends BaseContext> {
  readonly app: FastifyInstance;
  readonly apollo: ApolloServer<Context>;
  /** Resolves when all operations have ended, those as well whose callers have gone. */
  executionsEnd(): Promise<unknown>;
}

/** The HTTP edge with an Apollo Server behind it, not listening. Closing it ends what is in flight first. */
export async function createEdge<Context extends BaseContext>(
  { config, log, metrics, readiness }: EdgeOptions,
  apolloOptions: ApolloServerOptions<Context>,
  context: (request: FastifyRequest) => Promise<Context>,
): Promise<Edge<Context>> {
  const admission = new AdmissionControl({ metrics, log, corsOrigins: config.corsOrigins });
  const app = Fastify({
    serverFactory: (handle) => {
      const options = {
        maxHeaderSize: LIMITS.headerBytes,
        requestTimeout: LIMITS.requestMs,
        connectionsCheckingInterval: 5_000, // how often Node.js looks for requests that take too long
        keepAliveTimeout: KEEP_ALIVE_MS,
      };
      const server = createServer(options, serveOneRequestAtATime(admission.guard(handle)));
      server.maxConnections = MAX_CONNECTIONS;
      return server;
    },
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIdOf,
    requestIdHeader: false,
    frameworkErrors: (error, request, reply) => {
      recordRequest(request, reply, metrics);
      answerHttpError(error, request, reply);
    },
    return503OnClosing: false, // what comes in before the port is closed is answered
    clientErrorHandler: answerClientError,
    routerOptions: { ignoreTrailingSlash: true },
    bodyLimit: LIMITS.bodyBytes,
  }) as unknown as FastifyInstance;
  recordRequests(app, metrics);
  traceRequests(app);
  await openToOrigins(app, config.corsOrigins);
  await protect(app, config.explorer);
  refuseUnanswerable(app);
  answerInGraphqlShape(app);
  serveProbes(app, readiness);

  const apollo = new ApolloServer<Context>({
    ...apolloOptions,
    plugins: [fastifyApolloDrainPlugin(app), ...(apolloOptions.plugins ?? [])],
  } as ApolloServerOptions<Context>);
  await apollo.start();
  const execute = fastifyApolloHandler(apollo, { context });
  const executions = new Set<Promise<unknown>>();
  await app.register(async (scope) => {
    admission.register(scope);
    await limitRate(scope, {
      perToken: config.rateLimit,
      perAddress: config.rateLimitAddress,
      addressOf: callerAddress(config.trustedProxies),
      url: config.rateLimitUrl,
      log,
      metrics,
    });
    scope.route({
      url: '/graphql',
      method: ['GET', 'POST'],
      handler(request, reply) {
        const execution = Promise.resolve(execute.call(scope, request, reply));
        executions.add(execution);
        const end = () => executions.delete(execution);
        execution.then(end, end);
        return execution;
      },
    });
  });
  return { app, apollo, executionsEnd: () => Promise.allSettled(executions) };
}
