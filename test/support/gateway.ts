import { Writable } from 'node:stream';
import { pino } from 'pino';
import type { Config } from '../../src/config/config.ts';
import { type EmbeddedLts, startEmbeddedLts } from '../../src/embedded-lts/embedded-lts.ts';
import { TOTALS } from '../../src/limits.ts';
import { LtsClient, type LtsClientOptions } from '../../src/lts/lts-client.ts';
import { createLtsTransport, type LtsTransport } from '../../src/lts/lts-transport.ts';
import type { SettleTimes } from '../../src/lts/settle.ts';
import { createGateway } from '../../src/server.ts';
import { SharedResource } from '../../src/shares.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { createRefusalLog } from '../../src/telemetry/refusals.ts';
import { recordOutput, recordToken } from './recorded-output.ts';

export const TOKEN = 'MIIF-secret-token-of-the-caller';

export interface GraphqlResponse {
  status: number;
  headers: Headers;
  data: any;
  errors: any;
  text: string;
}

export interface RunningGateway {
  url: string;
  readiness: { ready: boolean };
  /** The log so far. */
  logged(): string;
  /** The lines of the log so far that have this text in them. */
  lines(text: string): any[];
  /** The metrics in Prometheus's text format. */
  metrics(): Promise<string>;
  /** Sends an operation, with `TOKEN` unless there are headers. */
  send(query: string, variables?: object, headers?: Record<string, string>): Promise<GraphqlResponse>;
  /** Sends an operation of one field as `send` does, and returns the value of the field; errors fail the test. */
  resultOf(query: string, variables?: object, headers?: Record<string, string>): Promise<any>;
  /** Sends any body as JSON. */
  post(body: string | object, headers?: Record<string, string>): Promise<Response>;
  /** What SIGTERM does, without its delay. */
  shutDown(): Promise<void>;
  close(): Promise<void>;
}

export type Settings = Partial<Config> & { settleTimes?: SettleTimes };

/** Short, so that tests are fast, but enough for a list on a busy machine. */
const SETTLE_TIMES: SettleTimes = { missingAfterMs: 60, lastListMs: 500 };

/**
 * Starts a gateway on a free port, without rate limits and with its log in memory.
 *
 * @param lts URL of the upstream, or what stands for it
 * @param clientOptions what its client for LTS has instead of a circuit that never opens, and the usual limits
 */
export async function startGateway(
  lts: string | LtsTransport,
  settings: Settings = {},
  clientOptions: Partial<LtsClientOptions> = {},
): Promise<RunningGateway> {
  const config = {
    production: false,
    introspection: true,
    auditReads: false,
    explorer: 'off' as const,
    corsOrigins: [],
    rateLimit: 0,
    rateLimitAddress: 0,
    rateLimitUrl: null,
    trustedProxies: ['loopback', 'linklocal', 'uniquelocal'],
    trustedDocuments: null,
    ltsTimeoutMs: 5_000,
    ltsMaxReplyBytes: 16 * 1024 * 1024,
    ltsProxy: null,
    ...settings,
  };
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      recordOutput(String(chunk));
      done();
    },
  });
  const readiness = { ready: true };
  const log = pino({ level: 'trace' }, sink);
  const { metrics = createMetrics() } = clientOptions;
  const refusals = createRefusalLog(metrics, log);
  const transport = typeof lts === 'string' ? createLtsTransport(lts, config) : lts;
  const client = new LtsClient(transport, {
    metrics,
    timeoutMs: config.ltsTimeoutMs,
    circuitBreaker: (call) => call(false),
    calls: new SharedResource('calls_in_flight', TOTALS.callsInFlight, refusals.note),
    ...clientOptions,
  });
  const app = await createGateway({
    config,
    lts: client,
    log,
    metrics,
    refusals,
    readiness,
    settleTimes: settings.settleTimes ?? SETTLE_TIMES,
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const gateway: RunningGateway = {
    url,
    readiness,
    logged: () => lines.join(''),
    lines: (text) =>
      gateway
        .logged()
        .split('\n')
        .filter((line) => line.includes(text))
        .map((line) => JSON.parse(line)),
    metrics: () => metrics.registry.metrics(),
    async send(query, variables = {}, headers = { 'x-auth-token': TOKEN }) {
      const response = await gateway.post({ query, variables }, headers);
      const text = await response.text();
      const { data, errors } = JSON.parse(text);
      return { status: response.status, headers: response.headers, data, errors, text };
    },
    async resultOf(...operation) {
      const { data, errors, text } = await gateway.send(...operation);
      if (errors) throw new Error(text);
      return Object.values(data)[0];
    },
    post(body, headers = {}) {
      recordToken(headers['x-auth-token'] ?? headers.authorization?.slice('Bearer '.length));
      return fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
    },
    async shutDown() {
      client.drain(config.ltsTimeoutMs);
      await app.connections.end(config.ltsTimeoutMs + 4_000);
      await app.close();
    },
    close: () => app.close(),
  };
  return gateway;
}

/** Starts a gateway and an embedded LTS for it. */
export async function startGatewayOnEmbeddedLts(
  settings: Settings = {},
  options: Parameters<typeof startEmbeddedLts>[0] = {},
): Promise<{ gateway: RunningGateway; lts: EmbeddedLts; close(): Promise<void> }> {
  const lts = await startEmbeddedLts(options);
  const gateway = await startGateway(lts.url, settings);
  return {
    gateway,
    lts,
    async close() {
      await gateway.close();
      await lts.close();
    },
  };
}
