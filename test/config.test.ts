import { describe, expect, test } from '@jest/globals';
import { ConfigError, DEVELOPMENT_ORIGINS, readConfig } from '../src/config/config.ts';
import { LTS_ENDPOINTS } from '../src/config/regions.ts';

const PRODUCTION = { NODE_ENV: 'production', LTS_ENDPOINT: 'https://lts.example.com/' };
const read = (env: Record<string, string>) => readConfig(env);

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    read(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('readConfig defaults to development: loopback, no upstream, introspection and explorer on', () => {
  expect(read({})).toMatchObject({
    production: false,
    host: '127.0.0.1',
    port: 4000,
    ltsEndpoint: null,
    ltsEdition: 'huawei',
    ltsTimeoutMs: 10_000,
    ltsMaxReplyBytes: 16_777_216,
    logLevel: 'info',
    logLevelNumbers: false,
    introspection: true,
    explorer: 'sandbox',
    shutdownDelayMs: 0,
  });
});

test('NODE_ENV=production turns introspection and explorer off unless they are set', () => {
  expect(read(PRODUCTION)).toMatchObject({
    production: true,
    host: '0.0.0.0',
    ltsEndpoint: 'https://lts.example.com',
    introspection: false,
    explorer: 'off',
  });
  expect(read({ ...PRODUCTION, INTROSPECTION: 'true', EXPLORER: '1' })).toMatchObject({
    introspection: true,
    explorer: 'sandbox',
  });
});

test.each([
  ['true', 'sandbox'],
  ['yes', 'sandbox'],
  ['sandbox', 'sandbox'],
  ['graphiql', 'graphiql'],
  ['false', 'off'],
  ['0', 'off'],
  ['off', 'off'],
])('EXPLORER=%s means %s', (given, explorer) => {
  expect(read({ EXPLORER: given }).explorer).toBe(explorer);
});

test('CORS_ORIGINS defaults to none in production, and replaces the default in development', () => {
  expect(read(PRODUCTION).corsOrigins).toEqual([]);
  expect(read({}).corsOrigins).toBe(DEVELOPMENT_ORIGINS);
  const given = { CORS_ORIGINS: 'https://a.example.com, http://b.example.com:80' };
  expect(read(given).corsOrigins).toEqual(['https://a.example.com', 'http://b.example.com']);
});

test('readConfig treats an empty variable as unset and returns a frozen object', () => {
  const config = read({ LTS_ENDPOINT: '', PORT: '' });
  expect(config).toMatchObject({ ltsEndpoint: null, port: 4000 });
  expect(Object.isFrozen(config)).toBe(true);
});

test('RATE_LIMIT_ADDRESS defaults to ten times RATE_LIMIT', () => {
  expect(read({})).toMatchObject({ rateLimit: 600, rateLimitAddress: 6_000 });
  expect(read({ RATE_LIMIT: '20' }).rateLimitAddress).toBe(200);
  expect(read({ RATE_LIMIT: '0' }).rateLimitAddress).toBe(0);
  expect(read({ RATE_LIMIT: '1000000' }).rateLimitAddress).toBe(10_000_000);
  expect(read({ RATE_LIMIT_ADDRESS: '0' })).toMatchObject({ rateLimit: 600, rateLimitAddress: 0 });
});

test('TRUSTED_PROXIES defaults to private addresses and accepts addresses, ranges or none', () => {
  expect(read({}).trustedProxies).toEqual(['loopback', 'linklocal', 'uniquelocal']);
  expect(read({ TRUSTED_PROXIES: 'none' }).trustedProxies).toEqual([]);
  const ranges = ['loopback', '100.125.0.0/16', '203.0.113.7', '2001:db8::/32', '10.0.0.0/255.0.0.0'];
  expect(read({ TRUSTED_PROXIES: ranges.join(', ') }).trustedProxies).toEqual(ranges);
});

test('LTS_REGION is one of the 32 regions of the SDK, with the domain .eu for the European one', () => {
  expect(LTS_ENDPOINTS.size).toBe(32);
  expect(read({ LTS_REGION: 'eu-west-101' }).ltsEndpoint).toBe('https://lts.eu-west-101.myhuaweicloud.eu');
  expect(read({ LTS_REGION: 'cn-north-4' }).ltsEndpoint).toBe('https://lts.cn-north-4.myhuaweicloud.com');
});

describe('the proxy for calls to LTS', () => {
  const proxy = 'http://proxy.example.com:3128/';
  const proxyFor = (env: Record<string, string>) =>
    read({ LTS_ENDPOINT: 'https://lts.example.com', HTTPS_PROXY: proxy, ...env }).ltsProxy;

  test('is the one in HTTPS_PROXY, for an https:// LTS that is not on loopback', () => {
    expect(proxyFor({})).toBe(proxy);
    expect(proxyFor({ HTTPS_PROXY: 'proxy.example.com:3128' })).toBe(proxy);
    const withPassword = 'https://user:p%40ss@other.example.com/';
    expect(proxyFor({ https_proxy: withPassword })).toBe(withPassword);
    expect(proxyFor({ HTTPS_PROXY: '', HTTP_PROXY: proxy })).toBeNull();
    expect(read({ HTTPS_PROXY: proxy, HTTP_PROXY: proxy }).ltsProxy).toBeNull();
    for (const host of ['127.0.0.1', '127.1.2.3', 'localhost:8443', '[::1]:8443']) {
      expect(proxyFor({ LTS_ENDPOINT: `https://${host}` })).toBeNull();
      expect(proxyFor({ LTS_ENDPOINT: `http://${host}`, HTTP_PROXY: proxy })).toBeNull();
    }
  });

  test.each([
    ['https://lts.example.com', '*'],
    ['https://lts.example.com', 'lts.example.com'],
    ['https://lts.example.com', 'LTS.example.COM'],
    ['https://lts.example.com', 'example.com'],
    ['https://lts.example.com', '.example.com'],
    ['https://lts.example.com', '*.example.com'],
    ['https://lts.example.com', 'localhost, other.example,,lts.example.com'],
    ['https://lts.example.com', 'localhost example.com'],
    ['https://lts.example.com', 'lts.example.com:443'],
    ['https://lts.example.com:8443', 'lts.example.com:8443'],
    ['https://10.1.2.3', '10.1.2.3'],
    ['https://10.1.2.3', '10.0.0.0/8'],
    ['https://10.1.2.3:8443', '10.1.2.3:8443'],
    ['https://[2001:db8::1]', '2001:db8::1'],
    ['https://[2001:db8::1]', '2001:db8::/32'],
    ['https://[2001:db8::1]:8443', '[2001:db8::1]:8443'],
    ['http://lts.example.com', 'lts.example.com:80'],
  ])('is not used for %s when NO_PROXY is %s', (endpoint, noProxy) => {
    const env = { LTS_ENDPOINT: endpoint, HTTP_PROXY: proxy };
    expect(proxyFor({ ...env, NO_PROXY: noProxy })).toBeNull();
    expect(proxyFor({ ...env, no_proxy: noProxy, NO_PROXY: 'none.example' })).toBeNull();
  });

  test.each([
    ['https://lts.example.com', 'example.org'],
    ['https://lts.example.com', 'ts.example.com'],
    ['https://lts.example.com', 'lts.example.com:8443'],
    ['https://lts.example.com', '.'],
    ['https://lts.example.com', '0.0.0.0/0'],
    ['https://10.1.2.3', '10.0.0.0/33'],
    ['https://10.1.2.3', '10.1.2'],
    ['https://10.1.2.3', '192.168.0.0/16'],
    ['https://[2001:db8::1]', '10.0.0.0/8'],
  ])('is used for %s when NO_PROXY is %s', (endpoint, noProxy) => {
    expect(proxyFor({ LTS_ENDPOINT: endpoint, NO_PROXY: noProxy })).toBe(proxy);
  });
});

const TRACED = { OTEL_TRACES_EXPORTER: 'otlp' };

test.each<[Record<string, string>, RegExp]>([
  [{ LTS_ENDPOINT: 'lts.example.com' }, /^LTS_ENDPOINT: must be a URL/],
  [{ LTS_ENDPOINT: 'ftp://lts.example.com' }, /^LTS_ENDPOINT: must be an http or https URL/],
  [{ LTS_ENDPOINT: 'https://lts.example.com/v2' }, /^LTS_ENDPOINT: .*without a path/],
  [{ LTS_ENDPOINT: 'https://user:pass@lts.example.com' }, /^LTS_ENDPOINT: must be scheme, host and port/],
  [{ LTS_ENDPOINT: 'https://a.example', LTS_REGION: 'cn-north-4' }, /either .* or LTS_REGION, not both/],
  [{ LTS_REGION: 'eu-west-1' }, /^LTS_REGION: "eu-west-1" is not known\. Known: ae-ad-1, .*eu-west-101/],
  [{ LTS_EDITION: 'aws' }, /^LTS_EDITION: "aws" is not known\. Known: huawei, otc$/],
  [{ NODE_ENV: 'prod' }, /^NODE_ENV: "prod" is not known\. Known: development, test, production$/],
  [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL: "loud" is not known\. Known: silent, fatal, .*trace$/],
  [{ CORS_ORIGINS: 'example.com' }, /^CORS_ORIGINS: must be a URL such as https:\/\/app\.example\.com$/],
  [{ LTS_EDITION: 'otc', LTS_REGION: 'cn-north-4' }, /^LTS_EDITION: is for the embedded LTS alone/],
  [{ NODE_ENV: 'production' }, /^LTS_ENDPOINT: production needs an upstream/],
  [{ LTS_TIMEOUT_MS: 'soon' }, /^LTS_TIMEOUT_MS: must be a whole number from 100 to 600000/],
  [{ LTS_MAX_REPLY_BYTES: '1048575' }, /^LTS_MAX_REPLY_BYTES: must be a whole number from 1048576/],
  [{ INTROSPECTION: 'perhaps' }, /^INTROSPECTION: /],
  [{ PORT: '70000' }, /^PORT: must be a whole number from 0 to 65535/],
  [{ PORT: ' ' }, /^PORT: must be a whole number from 0 to 65535/],
  [{ PORT: '4000.5' }, /^PORT: must be a whole number from 0 to 65535/],
  [{ ADMIN_PORT: '4000' }, /^ADMIN_PORT: must be another port than PORT/],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, /^OTEL_EXPORTER_OTLP_ENDPOINT: must be a URL/],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'x' }, /^OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: must be a URL/],
  [{ OTEL_TRACES_EXPORTER: 'console' }, /^OTEL_TRACES_EXPORTER: "console" is not known. Known: otlp, none/],
  [{ ...TRACED, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /^OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" .*http\/json/],
  [{ ...TRACED, OTEL_TRACES_SAMPLER: 'x' }, /^OTEL_TRACES_SAMPLER: "x" .*Known: parentbased_always_on/],
  [
    { ...TRACED, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '10%' },
    /^OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1/,
  ],
  [{ RATE_LIMIT_ADDRESS: 'many' }, /^RATE_LIMIT_ADDRESS: must be a whole number from 0 to 10000000/],
  [{ TRUSTED_PROXIES: 'true' }, /^TRUSTED_PROXIES: must be none, or loopback, .*: "true" is none of these$/],
  [{ TRUSTED_PROXIES: '1' }, /^TRUSTED_PROXIES: .*"1" is none/],
  [{ TRUSTED_PROXIES: 'loopback,none' }, /^TRUSTED_PROXIES: .*"none" is none/],
  [{ TRUSTED_PROXIES: 'loopback,' }, /^TRUSTED_PROXIES: .*"" is none/],
  [{ TRUSTED_PROXIES: '10.0.0.0/33' }, /^TRUSTED_PROXIES: .*"10\.0\.0\.0\/33" is none/],
  [{ TRUSTED_PROXIES: '0.0.0.0/0' }, /^TRUSTED_PROXIES: /],
  [{ TRUSTED_PROXIES: 'proxy.example.com' }, /^TRUSTED_PROXIES: /],
  [{ LTS_ENDPOINT: 'https://a.example', HTTPS_PROXY: 'socks5://b.example' }, /^HTTPS_PROXY: must be the URL/],
  [{ LTS_ENDPOINT: 'https://a.example', HTTPS_PROXY: 'http://b.example/path' }, /^HTTPS_PROXY: /],
  [{ LTS_ENDPOINT: 'https://a.example', https_proxy: 'http://u:100%@b.example' }, /^https_proxy: /],
  [{ LTS_ENDPOINT: 'https://a.example', HTTPS_PROXY: 'http://' }, /^HTTPS_PROXY: /],
  [{ LTS_ENDPOINT: 'http://a.example', HTTP_PROXY: 'http://b.example' }, /^HTTP_PROXY: .* add a\.example/],
  [{ CORS_ORIGINS: '*' }, /^CORS_ORIGINS: must be origins such as/],
  [{ EXPLORER: 'altair' }, /^EXPLORER: must be sandbox, graphiql or off$/],
])('readConfig rejects %j', (env, message) => {
  const problems = problemsOf(env);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(message);
});
