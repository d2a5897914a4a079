import { beforeEach, describe, expect, test } from '@jest/globals';
import { DEMO, type StoredStream } from '../../src/embedded-lts/store.ts';
import {
  CREATE_LOG_STREAM,
  LOG_GROUP_BY_ID,
  UPDATE_LOG_GROUP,
  UPDATE_LOG_STREAM,
} from '../support/operations.ts';
import { replyWith } from '../support/scripted-server.ts';
import { useGateway, useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const { projectId, groupId } = DEMO;
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

const { gateway: onScripted, scripted } = useGateway();
const { gateway, lts } = useGatewayOnEmbeddedLts();
let stream: StoredStream;
beforeEach(() => {
  [stream] = [...lts.store.groupOf(groupId).streams.values()] as [StoredStream];
});

test('updateLogGroup changes the retention, the tags or both, and keeps what is not given', async () => {
  const update = async (input: object) =>
    (await gateway.send(UPDATE_LOG_GROUP, { projectId, groupId, input })).data.updateLogGroup;
  const group = { id: groupId, name: 'web-shop', alias: null, createdAt: TIME, enterpriseProjectId: '0' };
  const tags = [{ key: 'a', value: '' }];
  expect(await update({ ttlInDays: 60 })).toEqual({
    __typename: 'LogGroupUpdated',
    logGroup: { ...group, ttlInDays: 60, tags: [] },
  });
  expect(await update({ tags })).toMatchObject({ logGroup: { ttlInDays: 60, tags } });
  expect(await update({ ttlInDays: 5, tags: null })).toMatchObject({ logGroup: { ttlInDays: 5, tags } });
  expect((await gateway.send(LOG_GROUP_BY_ID, { projectId, id: groupId })).data.logGroup).toMatchObject({
    ttlInDays: 5,
    tags,
  });
});

test('updateLogStream changes the retention or the tags, and keeps an inherited retention when only tags change', async () => {
  const { data } = await gateway.send(CREATE_LOG_STREAM, {
    projectId,
    groupId,
    input: { name: 's', alias: 'S' },
  });
  const streamId = data.createLogStream.logStreamId;
  const update = async (input: object) =>
    (await gateway.send(UPDATE_LOG_STREAM, { projectId, groupId, streamId, input })).data.updateLogStream;
  const tags = [{ key: 'a', value: 'b' }];
  const updated = {
    __typename: 'LogStreamUpdated',
    logStream: {
      id: streamId,
      name: 's',
      alias: 'S',
      ttlInDays: null,
      createdAt: TIME,
      enterpriseProjectId: '0',
      tags,
    },
  };
  expect(await update({ tags })).toEqual(updated);
  expect(await update({ ttlInDays: 9 })).toMatchObject({ logStream: { ttlInDays: 9, alias: 'S' } });
  expect(await update({ tags: [] })).toMatchObject({ logStream: { ttlInDays: 9, tags: [] } });
});

test('updateLogGroup and updateLogStream return INVALID_INPUT without a call to LTS when no field is given', async () => {
  const ofStreams = { followLogGroup: false };
  for (const input of [{}, { ttlInDays: null, tags: null }]) {
    const group = await gateway.send(UPDATE_LOG_GROUP, { projectId, groupId, input });
    const ofStream = await gateway.send(UPDATE_LOG_STREAM, {
      projectId,
      groupId,
      streamId: 's',
      input: { ...input, ...ofStreams },
    });
    const expected = {
      code: 'GATEWAY.INVALID_INPUT',
      inputErrors: [{ path: ['input'], message: 'Nothing to change: give at least one field.' }],
    };
    expect(group.data.updateLogGroup).toMatchObject(expected);
    expect(ofStream.data.updateLogStream).toMatchObject(expected);
  }
  expect(lts.calls.size).toBe(0);
});

test('updateLogStream returns the path of each invalid argument', async () => {
  const input = { ttlInDays: 0, tags: [{ key: 'k' }, { key: 'k' }] };
  const { data } = await gateway.send(UPDATE_LOG_STREAM, { projectId, groupId: '', streamId: '.', input });
  expect(
    data.updateLogStream.inputErrors.map(({ path }: { path: string[] }) => path.join('.')).sort(),
  ).toEqual(['groupId', 'input.tags.1.key', 'input.ttlInDays', 'streamId']);
});

test('updateLogGroup and updateLogStream return NOT_FOUND for an ID that does not exist', async () => {
  const input = { ttlInDays: 1 };
  const group = await gateway.send(UPDATE_LOG_GROUP, { projectId, groupId: 'nope', input });
  const noStream = await gateway.send(UPDATE_LOG_STREAM, { projectId, groupId, streamId: 'nope', input });
  const noGroup = await gateway.send(UPDATE_LOG_STREAM, {
    projectId,
    groupId: 'nope',
    streamId: 'nope',
    input,
  });
  expect(group.data.updateLogGroup).toMatchObject({
    kind: 'NOT_FOUND',
    code: 'GATEWAY.NOT_FOUND',
    httpStatus: null,
  });
  expect(noStream.data.updateLogStream).toMatchObject({ kind: 'NOT_FOUND', code: 'GATEWAY.NOT_FOUND' });
  expect(noGroup.data.updateLogStream).toMatchObject({ kind: 'NOT_FOUND', code: 'LTS.0201' });
});

const IDS = { projectId: 'p', groupId: 'g', streamId: 's' };

test('updateLogGroup and updateLogStream list the current retention and send it when only tags change', async () => {
  const group = { log_group_id: 'g', log_group_name: 'g', ttl_in_days: 3, creation_time: 1 };
  const inherited = { log_stream_id: 's', log_stream_name: 's', ttl_in_days: -1, creation_time: 1 };
  scripted.answer = replyWith(200, {
    log_groups: [group],
    log_streams: [inherited],
    ttl_in_days: 5,
  });
  await onScripted.send(UPDATE_LOG_GROUP, { ...IDS, input: { tags: [{ key: 'k', value: 'v' }] } });
  await onScripted.send(UPDATE_LOG_STREAM, { ...IDS, input: { tags: [] } });
  expect(scripted.received.map(({ method, path, body }) => `${method} ${path} ${body}`.trim())).toEqual([
    'GET /v2/p/groups',
    'POST /v2/p/groups/g {"ttl_in_days":3,"tags":[{"key":"k","value":"v"}]}',
    'GET /v2/p/groups',
    'GET /v2/p/groups/g/streams',
    'PUT /v2/p/groups/g/streams-ttl/s {"ttl_in_days":-1,"tags":[]}',
    'GET /v2/p/groups/g/streams',
  ]);
  for (const { headers } of scripted.received) {
    expect(headers['content-type']).toBe('application/json;charset=UTF-8');
  }
});

test.each([[null], ['no number'], [undefined], [2 ** 40]])(
  'updateLogStream sends no update when only tags are given and LTS lists the retention %j',
  async (ttl_in_days) => {
    const entry = { log_stream_id: 's', log_stream_name: 's', creation_time: 1, ttl_in_days };
    scripted.answer = replyWith(200, { log_streams: [entry] });
    const { data } = await onScripted.send(UPDATE_LOG_STREAM, { ...IDS, input: { tags: [] } });
    expect(data.updateLogStream.inputErrors).toHaveLength(1);
    expect(scripted.received.map(({ method }) => method)).toEqual(['GET']);
  },
);

test('updateLogGroup and updateLogStream return the known retention when the reply of LTS has none', async () => {
  const group = { log_group_id: 'g', log_group_name: 'g', ttl_in_days: 3, creation_time: 1 };
  const entry = { log_stream_id: 's', log_stream_name: 's', ttl_in_days: -1, creation_time: 1 };
  scripted.answer = replyWith(200, { log_groups: [group], log_streams: [entry] });
  const retentionAfter = async (input: object) => {
    const onStream = await onScripted.send(UPDATE_LOG_STREAM, { ...IDS, input });
    const onGroup = await onScripted.send(UPDATE_LOG_GROUP, { ...IDS, input });
    return [
      onStream.data.updateLogStream.logStream.ttlInDays,
      onGroup.data.updateLogGroup.logGroup.ttlInDays,
    ];
  };
  expect(await retentionAfter({ ttlInDays: 9 })).toEqual([9, 9]);
  expect(await retentionAfter({ tags: [] })).toEqual([null, 3]);
});

describe('updateLogStream with followLogGroup', () => {
  const update = async (input: object) =>
    (await gateway.send(UPDATE_LOG_STREAM, { projectId, groupId, streamId: stream.log_stream_id, input }))
      .data.updateLogStream;

  test('returns to the retention of the log group, alone or with tags', async () => {
    expect(stream.ttl_in_days).toBe(90);
    expect(await update({ followLogGroup: true })).toMatchObject({ logStream: { ttlInDays: null } });
    expect(stream.ttl_in_days).toBe(-1);
    await update({ ttlInDays: 5, followLogGroup: false });
    expect(stream.ttl_in_days).toBe(5);
    const tags = [{ key: 'a', value: 'b' }];
    expect(await update({ followLogGroup: true, tags })).toMatchObject({
      logStream: { ttlInDays: null, tags },
    });
    expect(stream.ttl_in_days).toBe(-1);
  });

  test('does not need the current retention, and returns null whatever retention LTS replies with', async () => {
    const entry = { log_stream_id: 's', log_stream_name: 's' };
    scripted.answer = replyWith(200, { log_streams: [entry], ttl_in_days: 30 });
    const input = { followLogGroup: true };
    const { data } = await onScripted.send(UPDATE_LOG_STREAM, { ...IDS, input });
    expect(data.updateLogStream.logStream.ttlInDays).toBeNull();
    expect(scripted.received.map(({ body }) => body)).toEqual(['', '{"ttl_in_days":-1}']);
  });

  test('cannot be given together with ttlInDays', async () => {
    expect(await update({ followLogGroup: true, ttlInDays: 5 })).toMatchObject({
      code: 'GATEWAY.INVALID_INPUT',
      inputErrors: [
        { path: ['input', 'followLogGroup'], message: 'Give a retention in days or this, not both.' },
      ],
    });
    expect(await update({ followLogGroup: true, ttlInDays: null })).toMatchObject({ logStream: {} });
    expect(lts.calls.get('UpdateLogStream')).toBe(1);
  });
});
