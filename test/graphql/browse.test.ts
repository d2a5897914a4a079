import { expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { LOG_GROUP_BY_ID, LOG_GROUPS, LOG_STREAM_BY_ID, LOG_STREAMS } from '../support/operations.ts';
import { answerWith, listedGroup, listing, replyWith } from '../support/scripted-server.ts';
import { useGateway, useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const { projectId, groupId, otherGroupId, streamId } = DEMO;

const { gateway: onScripted, scripted } = useGateway();
const { gateway } = useGatewayOnEmbeddedLts();

test('every query of log groups and log streams returns what LTS stores', async () => {
  const createdAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const rest = { alias: null, createdAt, enterpriseProjectId: '0', tags: [] };
  const webShop = { id: groupId, name: 'web-shop', ttlInDays: 30, ...rest };
  const mobileApp = { id: otherGroupId, name: 'mobile-app', ttlInDays: 7, ...rest };
  const access = { id: streamId, name: 'access', ttlInDays: 90, ...rest };
  const read = (query: string, ids: object) => gateway.resultOf(query, { projectId, groupId, ...ids });
  expect(await read(LOG_GROUPS, {})).toEqual([webShop, mobileApp]);
  expect(await read(LOG_STREAMS, {})).toEqual([access]);
  expect(await read(LOG_GROUP_BY_ID, { id: groupId })).toEqual({ ...webShop, logStreams: [access] });
  expect(await read(LOG_STREAM_BY_ID, { id: streamId })).toEqual(access);
});

test.each([
  ['logGroup', LOG_GROUP_BY_ID],
  ['logStream', LOG_STREAM_BY_ID],
])('%s returns null without an error when the ID does not exist', async (_query, document) => {
  expect(await gateway.resultOf(document, { projectId, groupId, id: 'nope' })).toBeNull();
});

test.each<[string, object, object]>([
  [
    'texts for numbers, and tags as an object',
    {
      creation_time: '1630547141853',
      log_stream_name_alias: 'A',
      ttl_in_days: '-1',
      is_favorite: 'false',
      tag: { _sys_enterprise_project_id: '0', team: 'shop', empty: '' },
      filter_count: 0,
    },
    {
      createdAt: '2021-09-02T01:45:41.853Z',
      alias: 'A',
      enterpriseProjectId: '0',
      tags: [
        { key: 'team', value: 'shop' },
        { key: 'empty', value: '' },
      ],
    },
  ],
  [
    'a number for the time, and null for tags',
    { creation_time: 1630547141853, ttl_in_days: '7', tag: null },
    { createdAt: '2021-09-02T01:45:41.853Z', ttlInDays: 7 },
  ],
  [
    'tags as a list, and no more',
    {
      tags: [
        { key: 'a', value: null },
        { key: '_sys_enterprise_project_id', value: 'e' },
      ],
    },
    { enterpriseProjectId: 'e', tags: [{ key: 'a', value: '' }] },
  ],
])('logStreams reads the format of a version of LTS with %s', async (_format, listed, read) => {
  const names = { log_stream_id: 's', log_stream_name: 'a' };
  const none = { alias: null, ttlInDays: null, createdAt: null, enterpriseProjectId: null, tags: [] };
  scripted.answer = replyWith(200, listing([], [{ ...names, ...listed }]));
  const logStreams = await onScripted.resultOf(LOG_STREAMS, { projectId: 'p', groupId: 'g' });
  expect(logStreams).toEqual([{ id: 's', name: 'a', ...none, ...read }]);
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
  const badReply = { ltsCode: 'GATEWAY.BAD_REPLY', code: 'INTERNAL', httpStatus: 200 };
  expect(errors).toMatchObject([{ extensions: badReply }]);
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
