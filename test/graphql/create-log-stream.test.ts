import { beforeEach, expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { TOKEN } from '../support/gateway.ts';
import { CREATE_LOG_STREAM, LOG_STREAMS } from '../support/operations.ts';
import { replyWith } from '../support/scripted-server.ts';
import { useGateway, useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const IDS = { projectId: DEMO.projectId, groupId: DEMO.groupId };

const { gateway: onScripted, scripted } = useGateway();
const { gateway } = useGatewayOnEmbeddedLts();
beforeEach(() => {
  scripted.answer = replyWith(201, { log_stream_id: 'c54dbc58-0fd8-48ed-b007-6d54981427a7' });
});

test('createLogStream creates a log stream that logStreams then lists once', async () => {
  const input = {
    name: '订单-stream.v2',
    ttlInDays: 7,
    alias: 'Orders',
    tags: [{ key: 'team', value: 'shop' }, { key: 'empty' }],
  };
  const { logStreamId, ...created } = await gateway.resultOf(CREATE_LOG_STREAM, { ...IDS, input });
  const tags = [
    { key: 'team', value: 'shop' },
    { key: 'empty', value: '' },
  ];
  const logStream = { ...input, id: logStreamId, tags, createdAt: null, enterpriseProjectId: null };
  expect(created).toEqual({ __typename: 'LogStreamCreated', logStream });
  const listed = await gateway.resultOf(LOG_STREAMS, IDS);
  expect(listed.filter(({ name }: { name: string }) => name === input.name)).toEqual([
    { ...logStream, createdAt: expect.any(String), enterpriseProjectId: '0' },
  ]);
});

test('createLogStream returns ALREADY_EXISTS when the group has a stream of that name', async () => {
  const { data, headers } = await gateway.send(CREATE_LOG_STREAM, { ...IDS, input: { name: 'access' } });
  const sentence = 'A log stream of this name already exists. Choose another name.';
  expect(data.createLogStream).toEqual({
    __typename: 'LtsError',
    code: 'LTS.0205',
    message: 'The log stream name has been existed',
    localizedMessage: sentence,
    kind: 'ALREADY_EXISTS',
    httpStatus: 400,
    isRetryable: false,
    outcome: 'NOT_APPLIED',
    retryAfterSeconds: null,
    inputErrors: [{ path: ['input', 'name'], message: sentence }],
    requestId: headers.get('x-request-id'),
    ltsRequestId: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
});

test('createLogStream sends exactly the documented request when every field is given, and no header of the caller but the token', async () => {
  const input = {
    name: 'stream',
    ttlInDays: 365,
    tags: [{ key: 'a', value: 'b' }, { key: 'c' }, { key: 'd', value: null }],
    alias: 'Alias',
    enterpriseProjectName: 'shop',
  };
  await onScripted.send(
    CREATE_LOG_STREAM,
    { projectId: 'project-1', groupId: 'group_1', input },
    { authorization: `Bearer ${TOKEN}`, cookie: 'session=1', 'x-forwarded-for': '10.0.0.1', 'x-other': '1' },
  );
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
