import { createServer } from 'node:http';
import { ApolloServer, type ApolloServerOptions, type BaseContext } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import Fastify, { type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from './config/config.ts';
import { BoundedCache } from './graphql/bounded-cache.ts';
import { createCompiledExecutor } from './graphql/compiled-executor.ts';
import { createContext, type GatewayContext } from './graphql/context.ts';
import { documentSizeRule } from './graphql/document-size.ts';
import { formatError } from './graphql/errors/format-error.ts';
import { type ExampleValues, exampleOperations } from './graphql/example-operations.ts';
import { knownRootTypeRule } from './graphql/known-root-type-rule.ts';
import { documentChecksPlugin } from './graphql/plugins/document-checks-plugin.ts';
import { responsePlugin } from './graphql/plugins/response-plugin.ts';
import { telemetryPlugin } from './graphql/plugins/telemetry-plugin.ts';
import { trustedDocumentsPlugin } from './graphql/plugins/trusted-documents-plugin.ts';
import { variablesPlugin } from './graphql/plugins/variables-plugin.ts';
import { buildSchema } from './graphql/schema.ts';
import { AdmissionControl } from './http/admission-control.ts';
import { createCallerOf } from './http/caller.ts';
import { limitConnections, MAX_CONNECTIONS } from './http/connection-limits.ts';
import { registerCors } from './http/cors.ts';
import {
  registerErrorReplies,
  registerOtherMethods,
  replyToClientError,
  replyWithError,
} from './http/error-replies.ts';
import { createExplorer, type Explorer } from './http/explorer.ts';
import { registerHostCheck } from './http/host-check.ts';
import { type Readiness, registerProbes } from './http/probes.ts';
import { registerRateLimit } from './http/rate-limit.ts';
import { registerRequestChecks } from './http/request-checks.ts';
import { addRequestContext, registerRequestContext } from './http/request-context.ts';
import { requestIdOf } from './http/request-id.ts';
import { logWhenClosed, registerRequestLog } from './http/request-log.ts';
import { registerRequestTracing } from './http/request-tracing.ts';
import { registerSecurityHeaders, securityHeaders } from './http/security-headers.ts';
import { LIMITS } from './limits.ts';
import type { LtsClient } from './lts/lts-client.ts';
import type { ReconcileTimes } from './lts/reconcile-create.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** How long an idle connection is kept alive, in milliseconds: longer than load balancers keep theirs. */
const KEEP_ALIVE_MS = 72_000;

/**
 * Headers that a page can send to another origin only after a preflight: a GET with one of them is no forgery. Browsers
 * add `Authorization: Basic` by themselves, but that is no token.
 */
const PREFLIGHT_HEADERS = [
  'X-Apollo-Operation-Name',
  'Apollo-Require-Preflight',
  'X-Auth-Token',
  'Authorization',
];

export interface EdgeOptions {
  readonly config: Pick<
    Config,
    'production' | 'corsOrigins' | 'rateLimit' | 'rateLimitAddress' | 'rateLimitUrl' | 'trustedProxies'
  >;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  /** Without one, Apollo Server answers browsers. */
  readonly explorer?: Explorer | undefined;
}

export interface GatewayOptions extends Omit<EdgeOptions, 'explorer'> {
  readonly config: EdgeOptions['config'] & Pick<Config, 'explorer' | 'introspection' | 'trustedDocuments'>;
  readonly lts: LtsClient;
  /** How long the gateway looks for the outcome of a create. */
  readonly reconcileTimes?: ReconcileTimes | undefined;
  /** Values in the explorer's example operations; placeholders when left out. */
  readonly example?: ExampleValues | undefined;
}

/** The whole gateway, not listening yet. Closing it waits for what is in flight. */
export async function createGateway(options: GatewayOptions): Promise<FastifyInstance> {
  const { config, lts, log } = options;
  const { app, executionsEnd } = await createEdge<GatewayContext>(
    { ...options, explorer: createExplorer(config.explorer, exampleOperations(options.example)) },
    {
      gateway: createCompiledExecutor(buildSchema()),
      introspection: config.introspection,
      csrfPrevention: { requestHeaders: PREFLIGHT_HEADERS },
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
        documentChecksPlugin,
        variablesPlugin,
        telemetryPlugin,
        responsePlugin,
        ...(config.trustedDocuments ? [trustedDocumentsPlugin(config.trustedDocuments)] : []),
        // Nothing about requests goes to Apollo, even if APOLLO_KEY is set.
        ApolloServerPluginLandingPageDisabled(), // the explorer answers browsers
        ApolloServerPluginUsageReportingDisabled(),
        ApolloServerPluginSchemaReportingDisabled(),
        ApolloServerPluginCacheControlDisabled(), // slow on long lists, and responses are not to be cached
      ],
    },
    async (request) => createContext(lts, request.requestContext, options.reconcileTimes),
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
  /** Resolves when all operations have ended, also those whose callers have gone. */
  executionsEnd(): Promise<unknown>;
}

/** The HTTP edge with an Apollo Server behind it, not listening yet. Closing it waits for what is in flight. */
export async function createEdge<Context extends BaseContext>(
  { config, log, metrics, readiness, explorer }: EdgeOptions,
  apolloOptions: ApolloServerOptions<Context>,
  context: (request: FastifyRequest) => Promise<Context>,
): Promise<Edge<Context>> {
  const callerOf = createCallerOf(config.trustedProxies);
  const admission = new AdmissionControl({ metrics, log, corsOrigins: config.corsOrigins });
  const headers = securityHeaders();
  const app = Fastify({
    serverFactory: (handle) => {
      const options = {
        maxHeaderSize: LIMITS.headerBytes,
        requestTimeout: LIMITS.requestMs,
        connectionsCheckingInterval: 5_000, // how often Node.js applies the timeout of requests
        keepAliveTimeout: KEEP_ALIVE_MS,
      };
      const server = createServer(options, limitConnections(admission.admit(handle)));
      server.maxConnections = MAX_CONNECTIONS;
      return server;
    },
    loggerInstance: log.child({}), // its level is changed while Fastify starts to listen
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIdOf,
    requestIdHeader: false,
    frameworkErrors: (error, request, reply) => {
      addRequestContext(request, reply, callerOf);
      logWhenClosed(request, reply, metrics);
      reply.headers(headers); // no hook is called
      replyWithError(error, request, reply);
    },
    return503OnClosing: false, // a request that arrives before the port is closed is answered
    clientErrorHandler: replyToClientError,
    routerOptions: { ignoreTrailingSlash: true },
    bodyLimit: LIMITS.bodyBytes,
  }) as unknown as FastifyInstance;
  registerRequestContext(app, callerOf);
  registerRequestLog(app, metrics);
  registerRequestTracing(app);
  registerSecurityHeaders(app, headers);
  await registerCors(app, config.corsOrigins, config.production);
  registerRequestChecks(app);
  if (!config.production) registerHostCheck(app, config.corsOrigins);
  registerErrorReplies(app);
  registerProbes(app, readiness);
  registerOtherMethods(app);

  // In development, no limit keeps a browser from the explorer's files.
  if (!config.production) explorer?.registerPaths(app);

  const apollo = new ApolloServer<Context>({
    ...apolloOptions,
    plugins: [fastifyApolloDrainPlugin(app), ...(apolloOptions.plugins ?? [])],
  } as ApolloServerOptions<Context>);
  await apollo.start();
  const execute = fastifyApolloHandler(apollo, { context });
  const executions = new Set<Promise<unknown>>();
  await app.register(async (scope) => {
    admission.register(scope);
    await registerRateLimit(scope, {
      perToken: config.rateLimit,
      perAddress: config.rateLimitAddress,
      url: config.rateLimitUrl,
      log,
      metrics,
    });
    if (config.production) explorer?.registerPaths(scope);
    scope.route({
      url: '/graphql',
      method: ['GET', 'POST'],
      handler(request, reply) {
        const page = explorer?.replyTo(request, reply);
        if (page) return page;
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
