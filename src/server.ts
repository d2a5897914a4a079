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
import { createContext, type GatewayContext } from './graphql/context.ts';
import { documentSizeRule, knownRootTypeRule } from './graphql/document-rules.ts';
import { formatError } from './graphql/errors/format-error.ts';
import { type ExampleValues, exampleOperations } from './graphql/example-operations.ts';
import { operationPlugin } from './graphql/operation-plugin.ts';
import { buildSchema } from './graphql/schema.ts';
import { AdmissionControl } from './http/admission-control.ts';
import { createAddressOf } from './http/caller.ts';
import { registerChecks, SECURITY_HEADERS } from './http/checks.ts';
import { Connections } from './http/connections.ts';
import {
  registerErrorReplies,
  registerOtherMethods,
  replyToClientError,
  replyWithError,
} from './http/error-replies.ts';
import { createExplorer, type Explorer } from './http/explorer.ts';
import { type Readiness, registerProbes } from './http/probes.ts';
import { registerRateLimit } from './http/rate-limit.ts';
import { beginRequest, registerRequests, requestIdOf } from './http/request.ts';
import { LIMITS, TOTALS } from './limits.ts';
import type { LtsClient } from './lts/lts-client.ts';
import type { SettleTimes } from './lts/settle.ts';
import { SharedResource } from './shares.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { RefusalLog, ResourceName } from './telemetry/refusals.ts';
import { Turns } from './turns.ts';

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

declare module 'fastify' {
  interface FastifyInstance {
    /** To be ended before the instance is closed: otherwise requests that are on their way are cut off. */
    connections: Connections;
  }
}

export interface EdgeOptions {
  readonly config: Pick<
    Config,
    'production' | 'corsOrigins' | 'rateLimit' | 'rateLimitAddress' | 'rateLimitUrl' | 'trustedProxies'
  >;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly refusals: RefusalLog;
  readonly readiness: Readiness;
  /** Without one, Apollo Server answers browsers. */
  readonly explorer?: Explorer | undefined;
}

export interface GatewayOptions extends Omit<EdgeOptions, 'explorer'> {
  readonly config: EdgeOptions['config'] &
    Pick<Config, 'auditReads' | 'explorer' | 'introspection' | 'trustedDocuments'>;
  readonly lts: LtsClient;
  /** How long the gateway looks for the outcome of a write. */
  readonly settleTimes?: SettleTimes | undefined;
  /** Values in the explorer's example operations; placeholders when left out. */
  readonly example?: ExampleValues | undefined;
}

/** The whole gateway, not listening yet. Closing it waits for what is in flight. */
export async function createGateway(options: GatewayOptions): Promise<FastifyInstance> {
  const { config, lts, log } = options;
  const { app, executionsEnd } = await createEdge<GatewayContext>(
    { ...options, explorer: createExplorer(config.explorer, exampleOperations(options.example)) },
    {
      schema: buildSchema(),
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
        operationPlugin(config.trustedDocuments),
        // Nothing about requests goes to Apollo, even if APOLLO_KEY is set.
        ApolloServerPluginLandingPageDisabled(), // the explorer answers browsers
        ApolloServerPluginUsageReportingDisabled(),
        ApolloServerPluginSchemaReportingDisabled(),
        ApolloServerPluginCacheControlDisabled(), // slow on long lists, and responses are not to be cached
      ],
    },
    async (request) => createContext(lts, request.requestContext, config.auditReads, options.settleTimes),
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
  { config, log, metrics, refusals, readiness, explorer }: EdgeOptions,
  apolloOptions: ApolloServerOptions<Context>,
  context: (request: FastifyRequest) => Promise<Context>,
): Promise<Edge<Context>> {
  const addressOf = createAddressOf(config.trustedProxies);
  const share = (name: ResourceName, total: number) => new SharedResource(name, total, refusals.note);
  const answerBytes = share('answer_bytes', TOTALS.answerBytes);
  const requests = new SharedResource('requests_in_flight', TOTALS.requestsInFlight); // noted with their IDs
  const turns = new Turns((address) => requests.heldBy(address) === requests.used);
  const requestOptions = { addressOf, answerBytes, turns, metrics };
  const { corsOrigins } = config;
  const admission = new AdmissionControl({ requests, turns, addressOf, metrics, refusals, corsOrigins });
  const connections = new Connections({
    connections: share('connections', TOTALS.connections),
    requestBytes: share('request_bytes', TOTALS.requestBytes),
    answerBytes,
    turns,
    addressOf,
  });
  const app = Fastify({
    serverFactory: (handle) => {
      const options = {
        maxHeaderSize: LIMITS.headerBytes,
        requestTimeout: LIMITS.requestMs,
        connectionsCheckingInterval: 5_000, // how often Node.js applies the timeout of requests
        keepAliveTimeout: KEEP_ALIVE_MS,
        requireHostHeader: false, // checked by us: it may be one of too many headers
      };
      const server = createServer(options, connections.limit(admission.admit(handle)));
      connections.watch(server);
      return server;
    },
    loggerInstance: log.child({}), // its level is changed while Fastify starts to listen
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIdOf,
    requestIdHeader: false,
    frameworkErrors: (error, request, reply) => {
      beginRequest(request, reply, requestOptions);
      reply.headers(SECURITY_HEADERS); // no hook is called
      replyWithError(error, request, reply);
    },
    return503OnClosing: false, // a request that arrives before the port is closed is answered
    clientErrorHandler: replyToClientError,
    routerOptions: { ignoreTrailingSlash: true },
    bodyLimit: LIMITS.bodyBytes,
  }) as unknown as FastifyInstance;
  app.decorate('connections', connections);
  app.addHook('onClose', async () => refusals.flush());
  registerRequests(app, requestOptions);
  await registerChecks(app, config);
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
    await registerRateLimit(scope, config, { log, metrics });
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
