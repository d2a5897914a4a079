import { expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { LOG_GROUP_BY_ID, LOG_GROUPS, LOG_STREAM_BY_ID, LOG_STREAMS } from '../support/operations.ts';
import { answerWith, listedGroup, listing, replyWith } from '../support/scripted-server.ts';
import { useGateway, useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const { projectId, groupId } = DEMO;
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const REST = { createdAt: TIME, enterpriseProjectId: '0', tags: [] };
const ACCESS = { id: DEMO.streamId, name: 'access', alias: null, ttlInDays: 90, ...REST };

const { gateway: onScripted, scripted } = useGateway();
const { gateway } = useGatewayOnEmbeddedLts();

test('logGroups and logStreams list what LTS stores', async () => {
  expect(await gateway.resultOf(LOG_GROUPS, { projectId })).toEqual([
    { id: groupId, name: 'web-shop', alias: null, ttlInDays: 30, ...REST },
    { id: DEMO.otherGroupId, name: 'mobile-app', alias: null, ttlInDays: 7, ...REST },
  ]);
  expect(await gateway.resultOf(LOG_STREAMS, { projectId, groupId })).toEqual([ACCESS]);
});

test('logGroup returns a log group with its log streams, and logStream a log stream', async () => {
  expect(await gateway.resultOf(LOG_GROUP_BY_ID, { projectId, id: groupId })).toEqual({
    id: groupId,
    name: 'web-shop',
    alias: null,
    ttlInDays: 30,
    ...REST,
    logStreams: [ACCESS],
  });
  expect(await gateway.resultOf(LOG_STREAM_BY_ID, { projectId, groupId, id: DEMO.streamId })).toEqual(ACCESS);
});

test('logGroup and logStream return null without an error when the ID does not exist', async () => {
  const group = await gateway.send(LOG_GROUP_BY_ID, { projectId, id: 'nope' });
  const noStream = await gateway.send(LOG_STREAM_BY_ID, { projectId, groupId, id: 'nope' });
  expect(group).toMatchObject({ data: { logGroup: null }, errors: undefined });
  expect(noStream).toMatchObject({ data: { logStream: null }, errors: undefined });
});

test('logStreams reads the formats of older and newer versions of LTS', async () => {
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
      {
        log_stream_id: 's3',
        log_stream_name: 'three',
        tags: [
          { key: 'a', value: null },
          { key: '_sys_enterprise_project_id', value: 'e3' },
        ],
      },
    ],
  });

  const createdAt = '2021-09-02T01:45:41.853Z';
  const tags = [
    { key: 'team', value: 'shop' },
    { key: 'empty', value: '' },
  ];
  expect(await onScripted.resultOf(LOG_STREAMS, { projectId: 'p', groupId: 'g' })).toEqual([
    { id: 's1', name: 'one', alias: 'One', ttlInDays: null, createdAt, enterpriseProjectId: '0', tags },
    { id: 's2', name: 'two', alias: null, ttlInDays: 7, createdAt, enterpriseProjectId: null, tags: [] },
    {
      id: 's3',
      name: 'three',
      alias: null,
      ttlInDays: null,
      createdAt: null,
      enterpriseProjectId: 'e3',
      tags: [{ key: 'a', value: '' }],
    },
  ]);
});

test('logGroups and logStreams send the documented GET', async () => {
  scripted.answer = replyWith(200, listing());
  await onScripted.send(LOG_GROUPS, { projectId: 'p' });
  await onScripted.send(LOG_STREAMS, { projectId: 'p', groupId: 'g' });
  expect(scripted.received).toMatchObject([
    { method: 'GET', path: '/v2/p/groups', body: '' },
    { method: 'GET', path: '/v2/p/groups/g/streams', body: '' },
  ]);
});

test.each<[string, unknown]>([
  ['a reply without a list', {}],
  ['a list that is not an array', { log_groups: {} }],
  ['a group without a name', listing([listedGroup({ log_group_name: undefined })])],
  ['a group without a creation time', listing([listedGroup({ creation_time: undefined })])],
  ['a creation time that is out of range', listing([listedGroup({ creation_time: 9e15 })])],
])('logGroups returns GATEWAY.BAD_REPLY for %s', async (_what, body) => {
  scripted.answer = replyWith(200, body);
  const { data, errors } = await onScripted.send(LOG_GROUPS, { projectId: 'p' });
  expect(data).toEqual({ logGroups: null });
  expect(errors[0].extensions).toMatchObject({
    ltsCode: 'GATEWAY.BAD_REPLY',
    code: 'INTERNAL',
    httpStatus: 200,
  });
});

test('a failed logStreams does not affect logGroups in the same operation', async () => {
  const missing = replyWith(400, { error_code: 'LTS.0201' });
  scripted.answer = answerWith(({ url }) =>
    url?.endsWith('/streams') ? missing : replyWith(200, listing()),
  );
  const both = '{ logGroups(projectId: "p") { id } logStreams(projectId: "p", groupId: "g") { id } }';

  const { status, data, errors } = await onScripted.send(both);

  expect(status).toBe(200);
  expect(data).toEqual({ logGroups: [], logStreams: null });
  expect(errors).toMatchObject([
    { path: ['logStreams'], extensions: { code: 'NOT_FOUND', ltsCode: 'LTS.0201' } },
  ]);
});
