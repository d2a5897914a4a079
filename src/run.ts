import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { DestinationStream, Logger } from 'pino';
import { type Config, DEVELOPMENT_ORIGINS } from './config/config.ts';
import { isLoopback } from './config/proxy.ts';
import { createAdminServer } from './http/admin.ts';
import { TOTALS } from './limits.ts';
import { createCircuitBreaker } from './lts/circuit-breaker.ts';
import { LtsClient } from './lts/lts-client.ts';
import { createLtsTransport } from './lts/lts-transport.ts';
import { createGateway } from './server.ts';
import { SharedResource } from './shares.ts';
import { demoText } from './start-up-text.ts';
import { createLog } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { createRefusalLog } from './telemetry/refusals.ts';
import { VERSION } from './telemetry/version.ts';

/** Time after the last call to LTS for a lost create or delete to be looked up and for callers to take their answers. */
const MAX_ANSWER_MS = 4_000;

/**
 * Connections that wait to be accepted; the operating system may have a lower limit. It drops those that are more, and
 * they come again seconds later.
 */
const BACKLOG = 4_096;

export interface Running {
  readonly url: string;
  /** Where the metrics are, if they are served. */
  readonly adminUrl: string | null;
  readonly log: Logger;
  /**
   * Begins no more writes, and answers `/readyz` with 503 for so many milliseconds; then closes the port and answers what
   * is in flight. Takes at most `ltsTimeoutMs` and `MAX_ANSWER_MS` more.
   */
  drain(delayMs: number): Promise<void>;
}

/** Starts the gateway, and an embedded LTS behind it where the settings name no other. */
export async function run(config: Config, out: DestinationStream): Promise<Running> {
  const log = await createLog(config, out);
  const endTraces =
    config.traces && (await import('./telemetry/traces-sdk.ts')).startTraces(config.traces, log);
  const metrics = createMetrics();
  const refusals = createRefusalLog(metrics, log);
  const embedded = config.ltsEndpoint === null ? await startDemoLts(config.ltsEdition) : null;
  const ltsUrl = String(config.ltsEndpoint ?? embedded?.url);
  const lts = new LtsClient(createLtsTransport(ltsUrl, config), {
    metrics,
    timeoutMs: config.ltsTimeoutMs,
    circuitBreaker: createCircuitBreaker({ metrics, log }),
    calls: new SharedResource('calls_in_flight', TOTALS.callsInFlight, refusals.note),
  });
  const readiness = { ready: false };
  const app = await createGateway({
    config,
    lts,
    log,
    metrics,
    refusals,
    readiness,
    example: embedded?.demo,
  });

  const admin = config.adminPort === null ? null : createAdminServer(metrics, readiness);
  const adminUrl = await admin?.listen({ host: config.host, port: config.adminPort ?? 0 });
  const url = await listen(app, config);
  log.info(
    { version: VERSION, node: process.version },
    `LTS gateway at ${boundUrl(url, config.host)}/graphql, LTS at ${ltsUrl}${throughProxy(config.ltsProxy)}`,
  );
  if (adminUrl) log.info(`metrics at ${adminUrl}/metrics`);
  if (isOpenToEavesdroppers(ltsUrl)) {
    log.warn('LTS_ENDPOINT is an http:// URL: tokens and data go to LTS without encryption');
  }
  if (config.corsOrigins === DEVELOPMENT_ORIGINS) {
    log.info(
      'development: pages on localhost (any port) and https://studio.apollographql.com may call the gateway',
    );
  }
  if (config.trustedDocuments) {
    log.info(`trusted documents: ${config.trustedDocuments.size} operations run, and no others`);
  }
  readiness.ready = true;
  if (embedded) {
    out.write(demoText(url, `${embedded.url}, edition ${config.ltsEdition}`, embedded.demo, config));
  }

  return {
    url,
    adminUrl: adminUrl ?? null,
    log,
    async drain(delayMs) {
      readiness.ready = false;
      lts.drain(delayMs + config.ltsTimeoutMs);
      log.info('draining');
      await sleep(delayMs);
      await app.connections.end(config.ltsTimeoutMs + MAX_ANSWER_MS);
      await app.close();
      await admin?.close();
      await endTraces?.();
      await embedded?.close();
    },
  };
}

/**
 * Listens without Fastify's own lines: it logs one for each address of the machine.
 *
 * @returns a URL of the gateway that can be called on this machine
 */
async function listen(app: FastifyInstance, { host, port, logLevel }: Config): Promise<string> {
  app.log.level = 'silent';
  try {
    return await app.listen({ host, port, backlog: BACKLOG });
  } finally {
    app.log.level = logLevel;
  }
}

/** What is listened on, as a URL. Fastify's `url` has the address of one interface where it is all of them. */
function boundUrl(url: string, host: string): string {
  return host === '0.0.0.0' ? `http://0.0.0.0:${new URL(url).port}` : url;
}

/** @param proxy URL, whose credentials are left out */
function throughProxy(proxy: string | null): string {
  return proxy === null ? '' : ` through the proxy ${new URL(proxy).origin}`;
}

/** Whether tokens leave this machine without encryption. */
function isOpenToEavesdroppers(ltsUrl: string): boolean {
  return ltsUrl.startsWith('http:') && !isLoopback(new URL(ltsUrl).hostname);
}

/** The embedded LTS. It is loaded only where it is used, so that the gateway starts sooner elsewhere. */
async function startDemoLts(edition: Config['ltsEdition']) {
  const [{ startEmbeddedLts }, { DEMO }] = await Promise.all([
    import('./embedded-lts/embedded-lts.ts'),
    import('./embedded-lts/store.ts'),
  ]);
  return { ...(await startEmbeddedLts({ edition })), demo: DEMO };
}
