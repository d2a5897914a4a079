import { Writable } from 'node:stream';
import { pino } from 'pino';
import type { Config } from '../../src/config.ts';
import { type EmbeddedLts, startEmbeddedLts } from '../../src/embedded-lts/embedded-lts.ts';
import { connectToLts, type LtsUpstream } from '../../src/lts/lts-upstream.ts';
import { observeUpstream } from '../../src/lts/observed-upstream.ts';
import { createGateway } from '../../src/server.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { noteOutput, noteToken } from './whole-run.ts';

export const TOKEN = 'MIIF-secret-token-of-the-caller';

export interface GraphqlAnswer {
  status: number;
  headers: Headers;
  data: any;
  errors: any;
  text: string;
}

export interface RunningGateway {
  url: string;
  readiness: { ready: boolean };
  /** Every line the gateway logged, as text. */
  logged(): string;
  /** What Prometheus would read. */
  metrics(): Promise<string>;
  /** Sends one operation with the test's token. */
  send(query: string, variables?: object, headers?: Record<string, string>): Promise<GraphqlAnswer>;
  close(): Promise<void>;
}

/** The gateway as `main` puts it together, on a real socket, in front of the given LTS. */
export async function startGateway(
  lts: string | LtsUpstream,
  settings: Partial<Config> & { lookUpMs?: number } = {},
): Promise<RunningGateway> {
  const config = {
    production: false,
    introspection: true,
    explorer: false,
    corsOrigins: [],
    rateLimit: 0,
    rateLimitAddress: 0,
    rateLimitUrl: null,
    trustedProxies: ['loopback', 'linklocal', 'uniquelocal'],
    trustedDocuments: null,
    ltsTimeoutMs: 5_000,
    ...settings,
  };
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      noteOutput(String(chunk));
      done();
    },
  });
  const metrics = createMetrics();
  const readiness = { ready: true };
  const app = await createGateway({
    config,
    upstream:
      typeof lts === 'string' ? observeUpstream(connectToLts(lts, config.ltsTimeoutMs), metrics) : lts,
    log: pino({ level: 'trace' }, sink),
    metrics,
    readiness,
    lookUpMs: settings.lookUpMs ?? 80,
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    url,
    readiness,
    logged: () => lines.join(''),
    metrics: () => metrics.registry.metrics(),
    async send(query, variables = {}, headers = { 'x-auth-token': TOKEN }) {
      noteToken(headers['x-auth-token'] ?? headers.authorization?.slice('Bearer '.length));
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query, variables }),
      });
      const text = await response.text();
      const { data, errors } = JSON.parse(text);
      return { status: response.status, headers: response.headers, data, errors, text };
    },
    close: () => app.close(),
  };
}

/** The gateway in front of an embedded LTS of its own. */
export async function startGatewayOnEmbeddedLts(
  settings: Partial<Config> & { lookUpMs?: number } = {},
): Promise<{ gateway: RunningGateway; lts: EmbeddedLts; close(): Promise<void> }> {
  const lts = await startEmbeddedLts();
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
