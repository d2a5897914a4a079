import { getHeapStatistics } from 'node:v8';
import { bool, cleanEnv, str } from 'envalid';
import type { TrustedDocuments } from './persisted-query-manifest.ts';
import { readProxy } from './proxy.ts';
import { LTS_ENDPOINTS } from './regions.ts';
import { readTraces, type TraceSettings } from './traces.ts';
import {
  explorer,
  integer,
  manifest,
  NAMED_RANGES,
  notKnown,
  oneOf,
  origin,
  origins,
  proxies,
  url,
} from './validators.ts';

/** All settings, checked and frozen. */
export interface Config {
  readonly production: boolean;
  readonly host: string;
  /** TCP port; 0 takes any free one. */
  readonly port: number;
  /** TCP port of the metrics, with the probes; 0 takes any free one, `null` serves none. */
  readonly adminPort: number | null;
  /** Origin of LTS, such as `https://lts.eu-west-101.myhuaweicloud.eu`; `null` means the embedded LTS. */
  readonly ltsEndpoint: string | null;
  /** Whose LTS the embedded one imitates. */
  readonly ltsEdition: 'huawei' | 'otc';
  /** URL of the proxy that calls to LTS go through, perhaps with credentials; `null` is a direct connection. */
  readonly ltsProxy: string | null;
  /** Deadline of one call to LTS in milliseconds, from name resolution to the last byte of the reply. */
  readonly ltsTimeoutMs: number;
  /** Largest reply of LTS that is read, in bytes after decompression. */
  readonly ltsMaxReplyBytes: number;
  /** Origins whose pages may call the gateway from a browser; in those of development, `*` stands for any port. */
  readonly corsOrigins: readonly string[];
  /** Requests a minute for each token, or for each address without one; 0 is no limit. */
  readonly rateLimit: number;
  /** Requests a minute for each address, whatever tokens they come with; 0 is no limit. */
  readonly rateLimitAddress: number;
  /** Proxies whose `X-Forwarded-For` is believed: addresses, CIDR ranges and names of ranges. */
  readonly trustedProxies: readonly string[];
  /** Valkey or Redis that counts for several gateways together; `null` counts in memory. */
  readonly rateLimitUrl: string | null;
  /** The only operations that run, by ID; with `null`, all run. */
  readonly trustedDocuments: TrustedDocuments | null;
  /** `null` turns traces off. */
  readonly traces: TraceSettings | null;
  readonly logLevel: string;
  /** Whether the level of a line in the log is a number, as pino has it, instead of a text. */
  readonly logLevelNumbers: boolean;
  /** Whether each read of the content of a log stream has a line `audit` in the log. */
  readonly auditReads: boolean;
  readonly introspection: boolean;
  /** What a browser gets at `/graphql`: Apollo Sandbox, GraphiQL, or a text that says what the gateway is. */
  readonly explorer: 'sandbox' | 'graphiql' | 'off';
  /** How long `/readyz` answers 503 on SIGTERM before the port closes, in milliseconds. */
  readonly shutdownDelayMs: number;
}

/** Thrown by `readConfig`; its message has a line for each wrong setting. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`Invalid settings:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Origins whose pages may call the gateway in development: those of this machine on any port, and Apollo's hosted
 * Sandbox. `*` stands for any port, in this list alone.
 */
export const DEVELOPMENT_ORIGINS: readonly string[] = [
  'https://studio.apollographql.com',
  ...['localhost', '127.0.0.1', '[::1]'].flatMap((host) => [`http://${host}:*`, `https://${host}:*`]),
];

const MIB = 1024 * 1024;
/** Parsed, a reply takes several times its bytes: a small heap reads less. */
const DEFAULT_REPLY_BYTES = Math.min(
  16 * MIB,
  Math.max(MIB, Math.floor(getHeapStatistics().heap_size_limit / 32)),
);
const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'];

/**
 * Reads the settings from environment variables; an empty variable counts as unset.
 *
 * @param env environment variables of the process
 * @throws ConfigError when a setting is wrong, or in production when no upstream is set
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const problems: string[] = [];
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const production = given.NODE_ENV === 'production';
  const settings = cleanEnv(
    given,
    {
      NODE_ENV: oneOf('development', 'test', 'production')({ default: 'development' }),
      HOST: str({ default: production ? '0.0.0.0' : '127.0.0.1' }),
      PORT: integer(0, 65_535)({ default: 4000 }),
      ADMIN_PORT: integer(0, 65_535)({ default: undefined }),
      LTS_ENDPOINT: origin({ default: undefined }),
      LTS_REGION: str({ default: undefined }),
      LTS_EDITION: oneOf('huawei', 'otc')({ default: 'huawei' }),
      LTS_TIMEOUT_MS: integer(100, 600_000)({ default: 10_000 }),
      LTS_MAX_REPLY_BYTES: integer(MIB, 64 * MIB)({ default: DEFAULT_REPLY_BYTES }),
      CORS_ORIGINS: origins({ default: production ? [] : DEVELOPMENT_ORIGINS }),
      RATE_LIMIT: integer(0, 1_000_000)({ default: 600 }),
      RATE_LIMIT_ADDRESS: integer(0, 10_000_000)({ default: undefined }),
      RATE_LIMIT_URL: url(/^rediss?:$/, 'redis://valkey.example.com:6379')({ default: undefined }),
      TRUSTED_PROXIES: proxies({ default: NAMED_RANGES }),
      TRUSTED_DOCUMENTS: manifest({ default: undefined }),
      LOG_LEVEL: oneOf(...LOG_LEVELS)({ default: 'info' }),
      LOG_LEVEL_NUMBERS: bool({ default: false }),
      AUDIT_READS: bool({ default: false }),
      INTROSPECTION: bool({ default: !production }),
      EXPLORER: explorer({ default: production ? 'off' : 'sandbox' }),
      SHUTDOWN_DELAY_MS: integer(0, 600_000)({ default: production ? 1_000 : 0 }),
    },
    {
      reporter: ({ errors }) => {
        for (const [name, error] of Object.entries(errors)) problems.push(`${name}: ${error.message}`);
      },
    },
  );

  const { LTS_ENDPOINT: givenEndpoint, LTS_REGION: region } = given;
  if (region !== undefined && !LTS_ENDPOINTS.has(region)) {
    problems.push(`LTS_REGION: ${notKnown(region, [...LTS_ENDPOINTS.keys()])}`);
  }
  if (givenEndpoint !== undefined && region !== undefined) {
    problems.push('LTS_ENDPOINT: set either LTS_ENDPOINT or LTS_REGION, not both');
  }
  if (given.LTS_EDITION !== undefined && (givenEndpoint !== undefined || region !== undefined)) {
    problems.push('LTS_EDITION: is for the embedded LTS alone, set it without LTS_ENDPOINT and LTS_REGION');
  }
  if (production && givenEndpoint === undefined && region === undefined) {
    problems.push('LTS_ENDPOINT: production needs an upstream, set LTS_ENDPOINT (a URL) or LTS_REGION');
  }
  if (given.ADMIN_PORT !== undefined && given.ADMIN_PORT === (given.PORT ?? '4000') && given.PORT !== '0') {
    problems.push('ADMIN_PORT: must be another port than PORT');
  }
  // envalid throws where a setting that is wrong is read.
  const isEndpointWrong = problems.some((problem) => problem.startsWith('LTS_ENDPOINT:'));
  const ownEndpoint = isEndpointWrong ? undefined : settings.LTS_ENDPOINT;
  const ltsEndpoint = ownEndpoint ?? LTS_ENDPOINTS.get(settings.LTS_REGION ?? '') ?? null;
  const report = (problem: string) => problems.push(problem);
  const ltsProxy = readProxy(given, ltsEndpoint, report);
  const traces = readTraces(given, report);
  if (problems.length > 0) throw new ConfigError(problems);

  return Object.freeze({
    production,
    host: settings.HOST,
    port: settings.PORT,
    adminPort: settings.ADMIN_PORT ?? null,
    ltsEndpoint,
    ltsEdition: settings.LTS_EDITION,
    ltsProxy,
    ltsTimeoutMs: settings.LTS_TIMEOUT_MS,
    ltsMaxReplyBytes: settings.LTS_MAX_REPLY_BYTES,
    corsOrigins: settings.CORS_ORIGINS,
    rateLimit: settings.RATE_LIMIT,
    rateLimitAddress: settings.RATE_LIMIT_ADDRESS ?? 10 * settings.RATE_LIMIT,
    trustedProxies: settings.TRUSTED_PROXIES,
    rateLimitUrl: settings.RATE_LIMIT_URL ?? null,
    trustedDocuments: settings.TRUSTED_DOCUMENTS ?? null,
    traces,
    logLevel: settings.LOG_LEVEL,
    logLevelNumbers: settings.LOG_LEVEL_NUMBERS,
    auditReads: settings.AUDIT_READS,
    introspection: settings.INTROSPECTION,
    explorer: settings.EXPLORER,
    shutdownDelayMs: settings.SHUTDOWN_DELAY_MS,
  });
}
