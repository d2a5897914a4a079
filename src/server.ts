import { ApolloServer, type ApolloServerOptions, type BaseContext } from '@apollo/server';
import {
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import Fastify, { type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { buildSchema } from './graphql/build-schema.ts';
import { createContext, type GatewayContext } from './graphql/context.ts';
import type { ExampleValues } from './graphql/example-operation.ts';
import { formatError } from './graphql/failures.ts';
import { knownRootTypeRule } from './graphql/known-root-type.ts';
import { LIMITS, limitRules } from './graphql/limits.ts';
import { recordPlugin } from './graphql/record-plugin.ts';
import { tracePlugin } from './graphql/trace-plugin.ts';
import { trustedDocumentsPlugin } from './graphql/trusted-documents.ts';
import { variablesPlugin } from './graphql/variables-plugin.ts';
import { openToOrigins } from './http/cors.ts';
import { answerClientError, answerHttpError, answerInGraphqlShape } from './http/errors.ts';
import { explorerPlugin } from './http/explorer.ts';
import { shedLoad } from './http/load-shedding.ts';
import { type Readiness, serveProbes } from './http/probes.ts';
import { protect } from './http/protection.ts';
import { limitRate } from './http/rate-limit.ts';
import { requestIdOf } from './http/request-id.ts';
import { recordRequests } from './http/request-records.ts';
import { traceRequests } from './http/request-traces.ts';
import { shareLts } from './lts/lts-caller.ts';
import type { LtsUpstream } from './lts/lts-upstream.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** What the HTTP edge needs to know. */
export interface EdgeOptions {
  readonly config: Pick<Config, 'explorer' | 'corsOrigins' | 'rateLimit' | 'rateLimitUrl'>;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
}

export interface GatewayOptions extends EdgeOptions {
  readonly config: EdgeOptions['config'] & Pick<Config, 'production' | 'introspection' | 'trustedDocuments'>;
  readonly upstream: LtsUpstream;
  /** How long the outcome of a create may be looked for after the deadline, in milliseconds. */
  readonly lookUpMs?: number | undefined;
  /** What Sandbox opens with; placeholders when left out. */
  readonly example?: ExampleValues | undefined;
}

/** The whole gateway, put together but not listening. Closing it ends what is in flight first. */
export async function createGateway(options: GatewayOptions): Promise<FastifyInstance> {
  const { config, upstream, log } = options;
  const connection = shareLts(upstream, options.lookUpMs);
  const { app } = await createEdge<GatewayContext>(
    options,
    {
      schema: buildSchema(),
      introspection: config.introspection,
      includeStacktraceInErrorResponses: false,
      hideSchemaDetailsFromClientErrors: config.production,
      stopOnTerminationSignals: false,
      logger: log,
      formatError,
      parseOptions: { maxTokens: LIMITS.documentTokens },
      validationRules: [knownRootTypeRule, ...limitRules],
      persistedQueries: { cache: new InMemoryLRUCache({ maxSize: LIMITS.persistedQueriesBytes }) },
      plugins: [
        explorerPlugin(config.explorer, options.example),
        ...(config.trustedDocuments ? [trustedDocumentsPlugin(config.trustedDocuments)] : []),
        variablesPlugin,
        recordPlugin,
        tracePlugin,
        // What callers ask is nobody else's business, whatever APOLLO_KEY says.
        ApolloServerPluginUsageReportingDisabled(),
        ApolloServerPluginSchemaReportingDisabled(),
      ],
    },
    async (request) => createContext(connection, request),
  );
  app.addHook('onClose', async () => upstream.close());
  return app;
}

/** The HTTP edge with an Apollo Server behind it, not listening. Closing it ends what is in flight first. */
export async function createEdge<Context extends BaseContext>(
  { config, log, metrics, readiness }: EdgeOptions,
  apolloOptions: ApolloServerOptions<Context>,
  context: (request: FastifyRequest) => Promise<Context>,
): Promise<{ app: FastifyInstance; apollo: ApolloServer<Context> }> {
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIdOf,
    requestIdHeader: false,
    frameworkErrors: answerHttpError,
    clientErrorHandler: answerClientError,
    routerOptions: { ignoreTrailingSlash: true },
    bodyLimit: LIMITS.bodyBytes,
    http: { maxHeaderSize: LIMITS.headerBytes },
  }) as unknown as FastifyInstance;
  recordRequests(app, metrics);
  await openToOrigins(app, config.corsOrigins);
  await shedLoad(app);
  traceRequests(app);
  await protect(app, config.explorer);
  answerInGraphqlShape(app);
  serveProbes(app, readiness);

  const apollo = new ApolloServer<Context>({
    ...apolloOptions,
    plugins: [fastifyApolloDrainPlugin(app), ...(apolloOptions.plugins ?? [])],
  } as ApolloServerOptions<Context>);
  await apollo.start();
  await app.register(async (scope) => {
    await limitRate(scope, { perMinute: config.rateLimit, url: config.rateLimitUrl, log });
    scope.route({
      url: '/graphql',
      method: ['GET', 'POST'],
      handler: fastifyApolloHandler(apollo, { context }),
    });
  });
  return { app, apollo };
}
