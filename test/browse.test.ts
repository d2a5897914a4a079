import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DEMO } from '../src/embedded-lts/store.ts';
import { type RunningGateway, startGateway, startGatewayOnEmbeddedLts } from './support/gateway.ts';
import { LOG_GROUPS, LOG_STREAMS } from './support/operations.ts';
import { replyWith, type ScriptedServer, startScriptedServer } from './support/scripted-server.ts';

let scripted: ScriptedServer;
let gateway: RunningGateway;

beforeAll(async () => {
  scripted = await startScriptedServer();
  gateway = await startGateway(scripted.url);
});
afterAll(async () => {
  await gateway.close();
  await scripted.close();
});

test('lists the groups and streams that the embedded LTS starts with', async () => {
  const running = await startGatewayOnEmbeddedLts();
  const groups = await running.gateway.send(LOG_GROUPS, { projectId: DEMO.projectId });
  const streams = await running.gateway.send(LOG_STREAMS, {
    projectId: DEMO.projectId,
    groupId: DEMO.groupId,
  });
  await running.close();

  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(groups.data).toEqual({
    logGroups: [
      { id: DEMO.groupId, name: 'web-shop', alias: null, ttlInDays: 30, createdAt: time, tags: [] },
      { id: DEMO.otherGroupId, name: 'mobile-app', alias: null, ttlInDays: 7, createdAt: time, tags: [] },
    ],
  });
  expect(streams.data).toEqual({
    logStreams: [
      { id: expect.any(String), name: 'access', alias: null, ttlInDays: 90, createdAt: time, tags: [] },
    ],
  });
});

test('reads what older and newer editions of LTS write', async () => {
  scripted.answer = replyWith(200, {
    log_streams: [
      {
        creation_time: '1630547141853',
        log_stream_id: 's1',
        log_stream_name: 'one',
        log_stream_name_alias: 'One',
        ttl_in_days: '-1',
        is_favorite: 'false',
        tag: { _sys_enterprise_project_id: '0', team: 'shop', empty: '' },
        filter_count: 0,
      },
      {
        creation_time: 1630547141853,
        log_stream_id: 's2',
        log_stream_name: 'two',
        ttl_in_days: '7',
        tag: null,
      },
      { log_stream_id: 's3', log_stream_name: 'three', tags: [{ key: 'a', value: null }] },
    ],
  });

  const { data } = await gateway.send(LOG_STREAMS, { projectId: 'p', groupId: 'g' });

  const createdAt = '2021-09-02T01:45:41.853Z';
  const tags = [
    { key: 'team', value: 'shop' },
    { key: 'empty', value: '' },
  ];
  expect(data.logStreams).toEqual([
    { id: 's1', name: 'one', alias: 'One', ttlInDays: null, createdAt, tags },
    { id: 's2', name: 'two', alias: null, ttlInDays: 7, createdAt, tags: [] },
    {
      id: 's3',
      name: 'three',
      alias: null,
      ttlInDays: null,
      createdAt: null,
      tags: [{ key: 'a', value: '' }],
    },
  ]);
});

test('sends the documented GETs, with a Content-Type as LTS wants it', async () => {
  scripted.received.length = 0;
  scripted.answer = replyWith(200, { log_groups: [], log_streams: [] });
  await gateway.send(LOG_GROUPS, { projectId: 'p' });
  await gateway.send(LOG_STREAMS, { projectId: 'p', groupId: 'g' });
  expect(scripted.received).toMatchObject([
    { method: 'GET', path: '/v2/p/groups', body: '' },
    { method: 'GET', path: '/v2/p/groups/g/streams', body: '' },
  ]);
  for (const { headers } of scripted.received) {
    expect(headers['content-type']).toBe('application/json;charset=UTF-8');
  }
});

test.each<[string, unknown]>([
  ['no list', {}],
  ['a list that is none', { log_groups: {} }],
  ['a group without a name', { log_groups: [{ log_group_id: 'g', ttl_in_days: 1, creation_time: 1 }] }],
  ['a group without a time', { log_groups: [{ log_group_id: 'g', log_group_name: 'g', ttl_in_days: 1 }] }],
  [
    'a time beyond all times',
    { log_groups: [{ log_group_id: 'g', log_group_name: 'g', ttl_in_days: 1, creation_time: 9e15 }] },
  ],
])('a list that lacks something is a bad reply: %s', async (_what, body) => {
  scripted.answer = replyWith(200, body);
  const { data, errors } = await gateway.send(LOG_GROUPS, { projectId: 'p' });
  expect(data).toEqual({ logGroups: null });
  expect(errors[0].extensions).toMatchObject({
    ltsCode: 'GATEWAY.BAD_REPLY',
    code: 'INTERNAL',
    httpStatus: 200,
  });
});

test('one failed query leaves the other intact', async () => {
  scripted.answer = (request, response, body) =>
    request.url?.endsWith('/streams')
      ? replyWith(400, { error_code: 'LTS.0201', error_msg: 'The log group is not existed' })(
          request,
          response,
          body,
        )
      : replyWith(200, { log_groups: [] })(request, response, body);
  const both = '{ logGroups(projectId: "p") { id } logStreams(projectId: "p", groupId: "g") { id } }';

  const { status, data, errors } = await gateway.send(both);

  expect(status).toBe(200);
  expect(data).toEqual({ logGroups: [], logStreams: null });
  expect(errors).toMatchObject([
    { path: ['logStreams'], extensions: { code: 'NOT_FOUND', ltsCode: 'LTS.0201' } },
  ]);
});
