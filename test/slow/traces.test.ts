import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { TOKEN } from '../support/gateway.ts';
import { CREATE_LOG_STREAM, GROUPS_WITH_STREAMS } from '../support/operations.ts';
import { killProcesses, post, startInProduction } from '../support/process.ts';
import { answerWith, failWith, listedGroup, listing, replyWith } from '../support/scripted-server.ts';
import { until } from '../support/until.ts';
import { useScriptedServer } from '../support/use-gateways.ts';

const lts = useScriptedServer('each');
/** Receives spans by OTLP over HTTP, as a collector does. */
const collector = useScriptedServer('each');
beforeEach(() => {
  lts.answer = replyWith(201, { log_stream_id: 'id' });
  collector.answer = replyWith(200, {});
});
afterEach(killProcesses);

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const VARIABLES = { projectId: 'p', groupId: 'g', input: { name: 'a' } };

const CALLERS_TRACE = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${CALLERS_TRACE}-b7ad6b7169203331-01`;

/** Sends an operation through a gateway with tracing, ends the gateway and returns its spans. */
async function spansOf(
  query: string,
  headers: Record<string, string> = {},
  settings: Record<string, string> = {},
) {
  const { child, url, exited, output } = await startInProduction(lts.url, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    ...settings,
  });
  await fetch(`${url}/livez`);
  await post(url, query, VARIABLES, headers);
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
  const resourceSpans = collector.received
    .filter(({ headers }) => headers['content-type'] === 'application/json')
    .flatMap(({ body }) => JSON.parse(body).resourceSpans);
  const spans: any[] = resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }: any) => spans))
    .map((span) => ({ ...span, attributes: plain(span.attributes), failed: span.status.code === 2 }));
  return { spans, resource: resourceSpans[0]?.resource, output: output() };
}

const plain = (attributes: { key: string; value: object }[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

describe('with a collector,', () => {
  test('the span of a request contains that of the operation, which contains that of the call to LTS', async () => {
    const { spans, resource, output } = await spansOf(CREATE_LOG_STREAM.replace('mutation', 'mutation Mine'));
    const [call, operation, request] = spans;
    expect(spans).toHaveLength(3);
    expect(request).toMatchObject({
      name: 'POST /graphql',
      kind: 2,
      failed: false,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/graphql',
        'url.path': '/graphql',
        'url.scheme': 'http',
        'http.response.status_code': 200,
      },
    });
    expect(operation).toMatchObject({
      name: 'mutation',
      kind: 2,
      failed: false,
      parentSpanId: request.spanId,
      attributes: { 'graphql.operation.type': 'mutation', 'graphql.operation.name': 'Mine' },
    });
    expect(call).toMatchObject({
      name: 'POST /v2/{projectId}/groups/{groupId}/streams',
      kind: 3,
      failed: false,
      parentSpanId: operation.spanId,
      attributes: {
        'http.request.method': 'POST',
        'url.full': `${lts.url}/v2/p/groups/g/streams`,
        'url.template': '/v2/{projectId}/groups/{groupId}/streams',
        'server.address': '127.0.0.1',
        'server.port': Number(new URL(lts.url).port),
        'http.response.status_code': 201,
      },
    });
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(lts.received[0]?.headers.traceparent).toBe(`00-${call.traceId}-${call.spanId}-01`);
    expect(plain(resource.attributes)).toMatchObject({
      'service.name': 'lts-gateway',
      'service.version': version,
      'deployment.environment.name': 'test',
    });
    expect(output).toContain(`"traceId":"${call.traceId}"`);
  });

  test("a request continues the caller's trace, and LTS gets no tracestate or baggage", async () => {
    const { spans } = await spansOf(CREATE_LOG_STREAM, {
      traceparent,
      tracestate: 'vendor=hidden',
      baggage: 'user=hidden',
    });
    expect(spans.at(-1)).toMatchObject({
      name: 'POST /graphql',
      traceId: CALLERS_TRACE,
      parentSpanId: 'b7ad6b7169203331',
    });
    expect(JSON.stringify(lts.received[0]?.headers)).not.toContain('hidden');
  });

  test('a failure marks the spans of the call and the operation, and each call has a span', async () => {
    const groups = replyWith(200, listing([listedGroup()]));
    const failure = failWith(500, 'LTS.0010', 'no');
    lts.answer = answerWith(({ url }) => (url?.endsWith('/groups') ? groups : failure));
    const { spans } = await spansOf(GROUPS_WITH_STREAMS);
    expect(spans.map(({ name, failed, attributes }) => [name, failed, attributes['error.type']])).toEqual([
      ['GET /v2/{projectId}/groups', false, undefined],
      ['GET /v2/{projectId}/groups/{groupId}/streams', true, '500'],
      ['query', true, 'LTS.0010'],
      ['POST /graphql', false, undefined],
    ]);
  });

  test('spans contain no token, variable or document', async () => {
    lts.answer = failWith(400, 'LTS.0205', `no, ${TOKEN}`);
    await spansOf(CREATE_LOG_STREAM, { authorization: `Bearer ${TOKEN}` });
    const sent = JSON.stringify(collector.received);
    expect(sent).toContain('graphql.operation.type');
    for (const secret of [TOKEN, 'input', 'logStreamId']) expect(sent).not.toContain(secret);
  });

  test('spans do not contain the query of a call to LTS', async () => {
    lts.answer = replyWith(200, { log_streams: [] });
    const query = `{ logStreamByName(projectId: "p", groupName: "a group", name: "a/stream") { id } }`;
    const { spans } = await spansOf(query);
    const asked = 'log_group_name=a%20group&log_stream_name=a%2Fstream';
    expect(lts.received[0]?.path).toBe(`/v2/p/log-streams?${asked}`);
    expect(spans[0].attributes['url.full']).toBe(`${lts.url}/v2/p/log-streams`);
    expect(JSON.stringify(collector.received)).not.toMatch(/a(%20| )group/);
  });

  test('the variables of OpenTelemetry say where and how spans are sent', async () => {
    const settings = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/own/path`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=logs',
      OTEL_SERVICE_NAME: 'service-of-ours',
    };
    await spansOf(CREATE_LOG_STREAM, {}, settings);
    const [request] = collector.received;
    expect(request).toMatchObject({
      path: '/own/path',
      headers: { 'content-type': 'application/x-protobuf', 'x-tenant': 'logs' },
    });
    expect(request?.body).toContain('service-of-ours');
  });

  test.each([
    ['always_off', {}, []],
    ['traceidratio', { OTEL_TRACES_SAMPLER_ARG: '0' }, []],
    ['parentbased_always_off', {}, [CALLERS_TRACE]],
    ['parentbased_traceidratio', { OTEL_TRACES_SAMPLER_ARG: '0' }, [CALLERS_TRACE]],
  ])('OTEL_TRACES_SAMPLER=%s decides which traces are recorded', async (sampler, argument, recorded) => {
    const settings = { OTEL_TRACES_SAMPLER: sampler, ...argument };
    const { spans } = await spansOf(CREATE_LOG_STREAM, { traceparent }, settings);
    expect([...new Set(spans.map(({ traceId }) => traceId))]).toEqual(recorded);
    expect(String(lts.received[0]?.headers.traceparent).endsWith('-01')).toBe(recorded.length > 0);
  });

  test('a request is answered and a warning logged when the collector cannot be reached', async () => {
    await collector.close();
    const { output } = await spansOf(CREATE_LOG_STREAM);
    expect(output).toContain('traces are lost');
  });
});

describe('without a collector', () => {
  /** Prints the loaded packages of OpenTelemetry on SIGUSR2. */
  const preload = `import { Module } from 'node:module';
    process.on('SIGUSR2', () => {
      const loaded = Object.keys(Module._cache).join().match(/@opentelemetry.[a-z-]+/g);
      console.log('loaded: ' + [...new Set(loaded)].sort() + ';');
    });`;
  const loadedWith = async (settings: Record<string, string>) => {
    const { child, output } = await startInProduction(lts.url, {
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(preload)}`,
      ...settings,
    });
    child.kill('SIGUSR2');
    await until(() => /loaded: .*;/.test(output()));
    return /loaded: (.*);/.exec(output())?.[1]?.split(',');
  };

  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
  test.each([
    [{}, false],
    [{ ...endpoint, OTEL_SDK_DISABLED: 'true' }, false],
    [{ ...endpoint, OTEL_TRACES_EXPORTER: 'none' }, false],
    [endpoint, true],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, true],
  ])('with %j, whether the SDK of OpenTelemetry is loaded is %s', async (settings, isLoaded) => {
    const packages = await loadedWith(settings);
    if (isLoaded) expect(packages).toContain('@opentelemetry/sdk-trace');
    else expect(packages).toEqual(['@opentelemetry/api']);
  });

  test('LTS gets no traceparent', async () => {
    const { url } = await startInProduction(lts.url);
    await post(url, CREATE_LOG_STREAM, VARIABLES, { traceparent });
    expect(lts.received[0]?.headers).not.toHaveProperty('traceparent');
  });
});
