import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { startGateway, startGatewayOnEmbeddedLts, TOKEN } from '../support/gateway.ts';
import { CREATE_LOG_STREAM, LOG_STREAMS } from '../support/operations.ts';
import { replyWith, type ScriptedServer, startScriptedServer } from '../support/scripted-server.ts';

const IDS = { projectId: DEMO.projectId, groupId: DEMO.groupId };

let running: Awaited<ReturnType<typeof startGatewayOnEmbeddedLts>>;
let scripted: ScriptedServer;
let onScripted: Awaited<ReturnType<typeof startGateway>>;

beforeAll(async () => {
  running = await startGatewayOnEmbeddedLts();
  scripted = await startScriptedServer();
  onScripted = await startGateway(scripted.url);
});
beforeEach(() => {
  running.lts.store.reset();
  scripted.received.length = 0;
  scripted.answer = replyWith(201, { log_stream_id: 'c54dbc58-0fd8-48ed-b007-6d54981427a7' });
});
afterAll(async () => {
  await running.close();
  await onScripted.close();
  await scripted.close();
});

test('createLogStream creates a log stream that logStreams then lists once', async () => {
  const input = {
    name: '订单-stream.v2',
    ttlInDays: 7,
    alias: 'Orders',
    tags: [
      { key: 'team', value: 'shop' },
      { key: 'empty', value: '' },
    ],
  };
  const { gateway, lts } = running;

  const { status, data } = await gateway.send(CREATE_LOG_STREAM, { ...IDS, input });

  const stored = [...lts.store.groupOf(DEMO.groupId).streams.values()].at(-1);
  const tags = [
    { key: 'team', value: 'shop' },
    { key: 'empty', value: '' },
  ];
  expect(status).toBe(200);
  expect(data).toEqual({
    createLogStream: {
      __typename: 'LogStreamCreated',
      logStreamId: stored?.log_stream_id,
      logStream: {
        id: stored?.log_stream_id,
        name: input.name,
        alias: 'Orders',
        ttlInDays: 7,
        createdAt: null,
        enterpriseProjectId: null,
        tags,
      },
    },
  });
  const listed = (await gateway.send(LOG_STREAMS, IDS)).data.logStreams;
  expect(listed.filter((stream: { name: string }) => stream.name === input.name)).toEqual([
    {
      id: stored?.log_stream_id,
      name: input.name,
      alias: 'Orders',
      ttlInDays: 7,
      createdAt: new Date(stored?.creation_time ?? 0).toISOString(),
      enterpriseProjectId: '0',
      tags,
    },
  ]);
});

test('createLogStream accepts tags without a value', async () => {
  const input = { name: 'tagged', tags: [{ key: 'k' }] };
  const { data } = await running.gateway.send(CREATE_LOG_STREAM, { ...IDS, input });
  expect(data.createLogStream).toMatchObject({ logStream: { tags: [{ key: 'k', value: '' }] } });
});

test('createLogStream returns ALREADY_EXISTS when the group has a stream of that name', async () => {
  const { data, headers } = await running.gateway.send(CREATE_LOG_STREAM, {
    ...IDS,
    input: { name: 'access' },
  });

  expect(data.createLogStream).toEqual({
    __typename: 'LtsError',
    code: 'LTS.0205',
    message: 'The log stream name has been existed',
    localizedMessage: 'A log stream of this name already exists. Choose another name.',
    kind: 'ALREADY_EXISTS',
    httpStatus: 400,
    isRetryable: false,
    outcome: 'NOT_APPLIED',
    retryAfterSeconds: null,
    inputErrors: [
      {
        path: ['input', 'name'],
        message: 'A log stream of this name already exists. Choose another name.',
      },
    ],
    requestId: headers.get('x-request-id'),
    ltsRequestId: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
});

test('createLogStream sends exactly the documented request when every field is given', async () => {
  await onScripted.send(CREATE_LOG_STREAM, {
    projectId: 'project-1',
    groupId: 'group_1',
    input: {
      name: 'stream',
      ttlInDays: 365,
      tags: [{ key: 'a', value: 'b' }, { key: 'c' }, { key: 'd', value: null }],
      alias: 'Alias',
      enterpriseProjectName: 'shop',
    },
  });

  expect(scripted.received).toHaveLength(1);
  const [request] = scripted.received;
  expect(request).toMatchObject({ method: 'POST', path: '/v2/project-1/groups/group_1/streams' });
  expect(JSON.parse(request?.body ?? '')).toEqual({
    log_stream_name: 'stream',
    ttl_in_days: 365,
    tags: [{ key: 'a', value: 'b' }, { key: 'c' }, { key: 'd' }],
    log_stream_name_alias: 'Alias',
    enterprise_project_name: 'shop',
  });
  expect(request?.headers).toEqual({
    'x-auth-token': TOKEN,
    'content-type': 'application/json;charset=UTF-8',
    accept: 'application/json',
    'accept-encoding': expect.any(String),
    'content-length': String(Buffer.byteLength(request?.body ?? '')),
    'user-agent': 'lts-gateway',
    host: new URL(scripted.url).host,
    connection: 'keep-alive',
  });
});

test('createLogStream sends only the fields given and treats null as not given', async () => {
  const nothing = { ttlInDays: null, tags: null, alias: null, enterpriseProjectName: null };
  await onScripted.send(CREATE_LOG_STREAM, { ...IDS, input: { name: 'a', ...nothing } });
  await onScripted.send(CREATE_LOG_STREAM, { ...IDS, input: { name: 'a' } });

  expect(scripted.received.map(({ body }) => body)).toEqual([
    '{"log_stream_name":"a"}',
    '{"log_stream_name":"a"}',
  ]);
});

test('createLogStream sends LTS no header of the caller except the token', async () => {
  await onScripted.send(
    CREATE_LOG_STREAM,
    { ...IDS, input: { name: 'a' } },
    { authorization: `Bearer ${TOKEN}`, cookie: 'session=1', 'x-forwarded-for': '10.0.0.1', 'x-other': '1' },
  );

  const headers = scripted.received[0]?.headers ?? {};
  expect(headers['x-auth-token']).toBe(TOKEN);
  expect(headers).not.toHaveProperty('authorization');
  expect(headers).not.toHaveProperty('cookie');
  expect(headers).not.toHaveProperty('x-forwarded-for');
  expect(headers).not.toHaveProperty('x-other');
});
