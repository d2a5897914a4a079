import type { ApolloServerOptions, BaseContext } from '@apollo/server';
import {
  type CreateServerForIntegrationTestsOptions,
  defineIntegrationTestSuite,
} from '@apollo/server-integration-testsuite';
import { describe } from '@jest/globals';
import { pino } from 'pino';
import { createEdge } from '../../src/server.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';

/** Apollo's own tests of an Apollo Server over HTTP, run on the HTTP layer of the gateway. */
describe('the integration suite of Apollo Server', () => {
  defineIntegrationTestSuite(
    async (
      options: ApolloServerOptions<BaseContext>,
      { context }: CreateServerForIntegrationTestsOptions = {},
    ) => {
      const { app, apollo } = await createEdge<BaseContext>(
        {
          config: {
            production: false,
            corsOrigins: [],
            rateLimit: 0,
            rateLimitAddress: 0,
            rateLimitUrl: null,
            trustedProxies: [],
          },
          log: pino({ level: 'silent' }),
          metrics: createMetrics(),
          refusals: { note() {}, flush() {} },
          readiness: { ready: true },
        },
        options,
        context ?? (async () => ({})),
      );
      const url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/graphql`;
      return { server: apollo, url };
    },
    // @defer and @stream need graphql 17.
    { serverIsStartedInBackground: false, noIncrementalDelivery: true },
  );
});
