import { expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { TOKEN } from '../support/gateway.ts';
import { CREATE_LOG_GROUP, CREATE_LOG_STREAM, LOG_GROUPS, LOG_STREAMS } from '../support/operations.ts';
import {
  answerWith,
  hangUp,
  listedGroup,
  listing,
  replyToWrites,
  replyWith,
} from '../support/scripted-server.ts';
import { useGateway, useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const { projectId, groupId } = DEMO;
const IDS = { projectId, groupId };
const CREATED = replyWith(201, { log_stream_id: 'created', log_group_id: 'created' });

const { gateway: onScripted, scripted } = useGateway();
const { gateway } = useGatewayOnEmbeddedLts();

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

test('createLogStream sends exactly the documented request when every field is given, and no header of the caller but the token', async () => {
  scripted.answer = CREATED;
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
  scripted.answer = CREATED;
  const nothing = { ttlInDays: null, tags: null, alias: null, enterpriseProjectName: null };
  await onScripted.send(CREATE_LOG_STREAM, { ...IDS, input: { name: 'a', ...nothing } });
  await onScripted.send(CREATE_LOG_STREAM, { ...IDS, input: { name: 'a' } });
  for (const { body } of scripted.received) expect(body).toBe('{"log_stream_name":"a"}');
  expect(scripted.received).toHaveLength(2);
});

test('createLogGroup creates a log group that logGroups then lists', async () => {
  const input = {
    name: 'group',
    ttlInDays: 14,
    alias: 'Group',
    tags: [{ key: 'k', value: 'v' }],
    enterpriseProjectId: 'e-1',
  };
  const { logGroupId, ...result } = await gateway.resultOf(CREATE_LOG_GROUP, { projectId, input });
  const group = { ...input, id: logGroupId, createdAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/) };
  expect(result).toEqual({ __typename: 'LogGroupCreated', logGroup: group });
  const created = new Date(result.logGroup.createdAt).getTime();
  expect(Math.abs(Date.now() - created)).toBeLessThan(5_000);
  expect(await gateway.resultOf(LOG_GROUPS, { projectId })).toContainEqual(group);
});

test('createLogGroup sends the documented POST with the fields given, and the enterprise project in its query', async () => {
  scripted.answer = CREATED;
  const input = { name: 'g', ttlInDays: 3 };
  await onScripted.send(CREATE_LOG_GROUP, { projectId: 'p', input: { ...input, alias: 'G' } });
  await onScripted.send(CREATE_LOG_GROUP, {
    projectId: 'p',
    input: { ...input, enterpriseProjectId: 'e-1' },
  });
  expect(scripted.received.map(({ method, path, body }) => `${method} ${path} ${body}`)).toEqual([
    'POST /v2/p/groups {"log_group_name":"g","ttl_in_days":3,"log_group_name_alias":"G"}',
    'POST /v2/p/groups?enterprise_project_id=e-1 {"log_group_name":"g","ttl_in_days":3}',
  ]);
});

test.each([
  ['that LTS lists', '0', { tag: { _sys_enterprise_project_id: '0' } }],
  ['that was asked for where LTS lists none', 'e-1', {}],
])('createLogGroup whose reply is lost returns the enterprise project %s', async (_which, project, tag) => {
  const created = answerWith(() =>
    replyWith(200, listing([listedGroup({ creation_time: Date.now(), ...tag })])),
  );
  scripted.answer = replyToWrites(hangUp, created);
  const input = { name: 'g', ttlInDays: 1, enterpriseProjectId: 'e-1' };
  const { logGroup } = await onScripted.resultOf(CREATE_LOG_GROUP, { projectId: 'p', input });
  expect(logGroup.enterpriseProjectId).toBe(project);
  expect(scripted.received.at(-1)).toMatchObject({ method: 'GET', path: '/v2/p/groups' });
});
