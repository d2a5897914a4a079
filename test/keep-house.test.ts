import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DEMO, type StoredStream } from '../src/embedded-lts/store.ts';
import { startGateway, startGatewayOnEmbeddedLts } from './support/gateway.ts';
import {
  CREATE_LOG_GROUP,
  CREATE_LOG_STREAM,
  DELETE_LOG_GROUP,
  DELETE_LOG_STREAM,
  LOG_GROUP_BY_ID,
  LOG_GROUPS,
  LOG_STREAM_BY_ID,
  UPDATE_LOG_GROUP,
  UPDATE_LOG_STREAM,
} from './support/operations.ts';
import { replyWith, type ScriptedServer, startScriptedServer } from './support/scripted-server.ts';

const { projectId, groupId } = DEMO;
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

let running: Awaited<ReturnType<typeof startGatewayOnEmbeddedLts>>;
let stream: StoredStream;

beforeAll(async () => {
  running = await startGatewayOnEmbeddedLts();
});
beforeEach(() => {
  running.lts.store.reset();
  running.lts.calls.clear();
  [stream] = [...running.lts.store.groupOf(groupId).streams.values()] as [StoredStream];
});
afterEach(() => expect(running.lts.faults.pending).toBe(0));
afterAll(() => running.close());

const send = (query: string, variables: object) => running.gateway.send(query, variables);

describe('one by its ID', () => {
  test('a log group with its log streams', async () => {
    const { data } = await send(LOG_GROUP_BY_ID, { projectId, id: groupId });
    expect(data.logGroup).toEqual({
      id: groupId,
      name: 'web-shop',
      alias: null,
      ttlInDays: 30,
      createdAt: TIME,
      tags: [],
      logStreams: [
        { id: stream.log_stream_id, name: 'access', alias: null, ttlInDays: 90, createdAt: TIME, tags: [] },
      ],
    });
  });

  test('a log stream', async () => {
    const { data } = await send(LOG_STREAM_BY_ID, { projectId, groupId, id: stream.log_stream_id });
    expect(data.logStream).toMatchObject({ id: stream.log_stream_id, name: 'access' });
  });

  test('null without an error when there is none', async () => {
    const group = await send(LOG_GROUP_BY_ID, { projectId, id: 'nope' });
    const noStream = await send(LOG_STREAM_BY_ID, { projectId, groupId, id: 'nope' });
    expect(group).toMatchObject({ data: { logGroup: null }, errors: undefined });
    expect(noStream).toMatchObject({ data: { logStream: null }, errors: undefined });
  });
});

describe('createLogGroup', () => {
  test('creates a group that the list then shows', async () => {
    const input = { name: 'group', ttlInDays: 14, alias: 'Group', tags: [{ key: 'k', value: 'v' }] };
    const { data } = await send(CREATE_LOG_GROUP, { projectId, input });
    const { logGroupId } = data.createLogGroup;
    const group = { id: logGroupId, name: 'group', alias: 'Group', ttlInDays: 14, tags: input.tags };
    expect(data.createLogGroup).toEqual({
      __typename: 'LogGroupCreated',
      logGroupId,
      logGroup: { ...group, createdAt: TIME },
    });
    const created = new Date(data.createLogGroup.logGroup.createdAt).getTime();
    expect(Math.abs(Date.now() - created)).toBeLessThan(5_000);
    expect((await send(LOG_GROUPS, { projectId })).data.logGroups).toContainEqual({
      ...group,
      createdAt: TIME,
    });
  });

  test('answers ALREADY_EXISTS for a taken name and QUOTA_EXCEEDED for the 101st', async () => {
    const create = async (name: string) =>
      (await send(CREATE_LOG_GROUP, { projectId, input: { name, ttlInDays: 1 } })).data.createLogGroup;
    expect(await create('web-shop')).toMatchObject({ code: 'LTS.0101', kind: 'ALREADY_EXISTS' });
    for (let count = 3; count <= 100; count += 1) {
      running.lts.store.addGroup({ log_group_name: `g${count}`, ttl_in_days: 1 });
    }
    expect(await create('one-more')).toMatchObject({ code: 'LTS.0104', kind: 'QUOTA_EXCEEDED' });
  });

  test('is validated like createLogStream', async () => {
    const { data } = await send(CREATE_LOG_GROUP, {
      projectId: '..',
      input: { name: '.x', ttlInDays: 366, alias: '', tags: [{ key: ' ' }] },
    });
    expect(
      data.createLogGroup.inputErrors.map(({ path }: { path: string[] }) => path.join('.')).sort(),
    ).toEqual(['input.alias', 'input.name', 'input.tags.0.key', 'input.ttlInDays', 'projectId']);
  });
});

describe('updates', () => {
  test('a group: retention, tags, or both', async () => {
    const update = async (input: object) =>
      (await send(UPDATE_LOG_GROUP, { projectId, groupId, input })).data.updateLogGroup;
    const group = { id: groupId, name: 'web-shop', alias: null, createdAt: TIME };
    const tags = [{ key: 'a', value: '' }];
    expect(await update({ ttlInDays: 60 })).toEqual({
      __typename: 'LogGroupUpdated',
      logGroup: { ...group, ttlInDays: 60, tags: [] },
    });
    expect(await update({ tags: [{ key: 'a' }] })).toMatchObject({ logGroup: { ttlInDays: 60, tags } });
    expect(await update({ ttlInDays: 5, tags: null })).toMatchObject({ logGroup: { ttlInDays: 5, tags } });
    expect((await send(LOG_GROUP_BY_ID, { projectId, id: groupId })).data.logGroup).toMatchObject({
      ttlInDays: 5,
      tags,
    });
  });

  test('a stream: retention, tags, or both, and an inherited retention stays so', async () => {
    const { data } = await send(CREATE_LOG_STREAM, { projectId, groupId, input: { name: 's', alias: 'S' } });
    const streamId = data.createLogStream.logStreamId;
    const update = async (input: object) =>
      (await send(UPDATE_LOG_STREAM, { projectId, groupId, streamId, input })).data.updateLogStream;
    expect(await update({ tags: [{ key: 'a', value: 'b' }] })).toEqual({
      __typename: 'LogStreamUpdated',
      logStream: {
        id: streamId,
        name: 's',
        alias: 'S',
        ttlInDays: null,
        createdAt: TIME,
        tags: [{ key: 'a', value: 'b' }],
      },
    });
    expect(await update({ ttlInDays: 9 })).toMatchObject({ logStream: { ttlInDays: 9 } });
    expect(await update({ tags: [] })).toMatchObject({ logStream: { ttlInDays: 9, tags: [] } });
  });

  test('of tags alone are refused where LTS does not report the retention, which would be lost', async () => {
    running.lts.store.listsRetention = false;
    const streamId = stream.log_stream_id;
    const update = async (input: object) =>
      (await send(UPDATE_LOG_STREAM, { projectId, groupId, streamId, input })).data.updateLogStream;
    expect(await update({ tags: [{ key: 'a' }] })).toMatchObject({
      code: 'GATEWAY.INVALID_INPUT',
      kind: 'INVALID_INPUT',
      httpStatus: null,
      isRetryable: false,
      inputErrors: [
        {
          path: ['input', 'ttlInDays'],
          message: 'LTS does not report the retention of this log stream, and needs one: give it as well.',
        },
      ],
    });
    expect(running.lts.calls.get('UpdateLogStream')).toBeUndefined();
    expect(await update({ tags: [{ key: 'a' }], ttlInDays: 9 })).toMatchObject({
      logStream: { ttlInDays: 9, tags: [{ key: 'a', value: '' }] },
    });
    expect(stream.ttl_in_days).toBe(9);
  });

  test('with nothing to change are refused without a call', async () => {
    for (const input of [{}, { ttlInDays: null, tags: null }]) {
      const group = await send(UPDATE_LOG_GROUP, { projectId, groupId, input });
      const ofStream = await send(UPDATE_LOG_STREAM, { projectId, groupId, streamId: 's', input });
      const expected = {
        code: 'GATEWAY.INVALID_INPUT',
        inputErrors: [{ path: ['input'], message: 'Nothing to change: give at least one field.' }],
      };
      expect(group.data.updateLogGroup).toMatchObject(expected);
      expect(ofStream.data.updateLogStream).toMatchObject(expected);
    }
    expect(running.lts.calls.size).toBe(0);
  });

  test('are validated', async () => {
    const input = { ttlInDays: 0, tags: [{ key: 'k' }, { key: 'k' }] };
    const { data } = await send(UPDATE_LOG_STREAM, { projectId, groupId: '', streamId: '.', input });
    expect(
      data.updateLogStream.inputErrors.map(({ path }: { path: string[] }) => path.join('.')).sort(),
    ).toEqual(['groupId', 'input.tags.1.key', 'input.ttlInDays', 'streamId']);
  });

  test('of what is not there answer NOT_FOUND', async () => {
    const input = { ttlInDays: 1 };
    const group = await send(UPDATE_LOG_GROUP, { projectId, groupId: 'nope', input });
    const noStream = await send(UPDATE_LOG_STREAM, { projectId, groupId, streamId: 'nope', input });
    const noGroup = await send(UPDATE_LOG_STREAM, { projectId, groupId: 'nope', streamId: 'nope', input });
    expect(group.data.updateLogGroup).toMatchObject({
      kind: 'NOT_FOUND',
      code: 'GATEWAY.NOT_FOUND',
      httpStatus: null,
    });
    expect(noStream.data.updateLogStream).toMatchObject({ kind: 'NOT_FOUND', code: 'GATEWAY.NOT_FOUND' });
    expect(noGroup.data.updateLogStream).toMatchObject({ kind: 'NOT_FOUND', code: 'LTS.0201' });
  });
});

describe('deletes', () => {
  const deleteStream = async (streamId: string) =>
    (await send(DELETE_LOG_STREAM, { projectId, groupId, streamId })).data.deleteLogStream;
  const deleteGroup = async (id: string) =>
    (await send(DELETE_LOG_GROUP, { projectId, groupId: id })).data.deleteLogGroup;

  test('a stream, then its group', async () => {
    const id = stream.log_stream_id;
    expect(await deleteStream(id)).toEqual({ __typename: 'LogStreamDeleted', logStreamId: id });
    expect(await deleteStream(id)).toMatchObject({ code: 'LTS.0208', kind: 'NOT_FOUND' });
    expect(await deleteGroup(groupId)).toEqual({ __typename: 'LogGroupDeleted', logGroupId: groupId });
    expect(await deleteGroup(groupId)).toMatchObject({ code: 'LTS.0201', kind: 'NOT_FOUND' });
    expect(running.lts.store.groups.has(groupId)).toBe(false);
  });

  test('answer IN_USE for what a transfer uses', async () => {
    running.lts.store.inTransfer.add(groupId).add(stream.log_stream_id);
    expect(await deleteStream(stream.log_stream_id)).toMatchObject({ code: 'LTS.0207', kind: 'IN_USE' });
    expect(await deleteGroup(groupId)).toMatchObject({ code: 'LTS.0105', kind: 'IN_USE' });
  });

  test('count as done where the answer is lost and the thing is gone', async () => {
    running.lts.faults.failNext(
      { when: 'after', kind: 'reset', operation: 'DeleteLogStream' },
      { when: 'after', kind: 'badGateway', operation: 'DeleteLogGroup' },
    );
    expect(await deleteStream(stream.log_stream_id)).toMatchObject({ __typename: 'LogStreamDeleted' });
    expect(await deleteGroup(groupId)).toMatchObject({ __typename: 'LogGroupDeleted' });
    expect(running.lts.calls.get('DeleteLogStream')).toBe(1);
  });

  test('count as done where the whole group has gone meanwhile', async () => {
    running.lts.store.groups.delete(groupId);
    running.lts.faults.failNext({ when: 'before', kind: 'reset', operation: 'DeleteLogStream' });
    expect(await deleteStream(stream.log_stream_id)).toMatchObject({ __typename: 'LogStreamDeleted' });
  });

  test('fail, retryable, where the thing is still there or cannot be looked for', async () => {
    const failed = { code: 'GATEWAY.UNREACHABLE', isRetryable: true };
    running.lts.faults.failNext({ when: 'before', kind: 'reset', operation: 'DeleteLogStream' });
    expect(await deleteStream(stream.log_stream_id)).toMatchObject(failed);
    running.lts.faults.failNext(
      { when: 'after', kind: 'reset', operation: 'DeleteLogStream' },
      { when: 'before', kind: 'badGateway', operation: 'ListLogStream' },
    );
    expect(await deleteStream(stream.log_stream_id)).toMatchObject(failed);
  });
});

describe('a lost delete', () => {
  test.each<[string, string, object]>([
    ['a list that is not there', DELETE_LOG_STREAM, { error_code: 'APIGW.0101', error_msg: 'no such API' }],
    ['a list that is not there', DELETE_LOG_GROUP, { error_code: 'APIG.0101', error_msg: 'no such API' }],
    ['a 404 that says nothing', DELETE_LOG_STREAM, {}],
    ['a 404 that says nothing', DELETE_LOG_GROUP, {}],
  ])('is not taken for done because of %s', async (_what, query, body) => {
    const scripted = await startScriptedServer();
    const onScripted = await startGateway(scripted.url);
    scripted.answer = (request, response, sent) => {
      if (request.method === 'DELETE') return request.socket.destroy();
      replyWith(404, body)(request, response, sent);
    };
    const { data } = await onScripted.send(query, { projectId: 'p', groupId: 'g', streamId: 's' });
    await onScripted.close();
    await scripted.close();
    expect(data.deleteLogStream ?? data.deleteLogGroup).toMatchObject({
      code: 'GATEWAY.UNREACHABLE',
      isRetryable: true,
    });
  });
});

describe('what reaches LTS', () => {
  let scripted: ScriptedServer;
  let onScripted: Awaited<ReturnType<typeof startGateway>>;
  beforeAll(async () => {
    scripted = await startScriptedServer();
    onScripted = await startGateway(scripted.url);
  });
  afterAll(async () => {
    await onScripted.close();
    await scripted.close();
  });

  test('is the documented method, path, Content-Type and body of every operation', async () => {
    const group = { log_group_id: 'g', log_group_name: 'g', ttl_in_days: 3, creation_time: 1 };
    const inherited = { log_stream_id: 's', log_stream_name: 's', ttl_in_days: -1, creation_time: 1 };
    scripted.answer = replyWith(200, {
      log_groups: [group],
      log_streams: [inherited],
      log_group_id: 'g',
      ttl_in_days: 5,
    });
    const ids = { projectId: 'p', groupId: 'g', streamId: 's' };
    await onScripted.send(CREATE_LOG_GROUP, { ...ids, input: { name: 'g', ttlInDays: 3, alias: 'G' } });
    await onScripted.send(UPDATE_LOG_GROUP, { ...ids, input: { tags: [{ key: 'k', value: 'v' }] } });
    await onScripted.send(UPDATE_LOG_STREAM, { ...ids, input: { tags: [] } });
    await onScripted.send(DELETE_LOG_STREAM, ids);
    await onScripted.send(DELETE_LOG_GROUP, ids);

    expect(scripted.received.map(({ method, path, body }) => `${method} ${path} ${body}`.trim())).toEqual([
      'POST /v2/p/groups {"log_group_name":"g","ttl_in_days":3,"log_group_name_alias":"G"}',
      'GET /v2/p/groups',
      'POST /v2/p/groups/g {"ttl_in_days":3,"tags":[{"key":"k","value":"v"}]}',
      'GET /v2/p/groups/g/streams',
      'PUT /v2/p/groups/g/streams-ttl/s {"ttl_in_days":-1,"tags":[]}',
      'DELETE /v2/p/groups/g/streams/s',
      'DELETE /v2/p/groups/g',
    ]);
    for (const { headers } of scripted.received) {
      expect(headers['content-type']).toBe('application/json;charset=UTF-8');
    }
  });

  test.each([[null], ['no number'], [undefined], [2 ** 40]])(
    'never is "follow the group" for a log stream whose retention is %j',
    async (ttl_in_days) => {
      scripted.received.length = 0;
      const entry = { log_stream_id: 's', log_stream_name: 's', creation_time: 1, ttl_in_days };
      scripted.answer = replyWith(200, { log_streams: [entry] });
      const ids = { projectId: 'p', groupId: 'g', streamId: 's' };
      const { data } = await onScripted.send(UPDATE_LOG_STREAM, { ...ids, input: { tags: [] } });
      expect(data.updateLogStream.inputErrors).toHaveLength(1);
      expect(scripted.received.map(({ method }) => method)).toEqual(['GET']);
    },
  );

  test('is what an update answers with where LTS does not say', async () => {
    const group = { log_group_id: 'g', log_group_name: 'g', ttl_in_days: 3, creation_time: 1 };
    const entry = { log_stream_id: 's', log_stream_name: 's', ttl_in_days: -1, creation_time: 1 };
    scripted.answer = replyWith(200, { log_groups: [group], log_streams: [entry] });
    const ids = { projectId: 'p', groupId: 'g', streamId: 's' };
    const retentionAfter = async (input: object) => {
      const onStream = await onScripted.send(UPDATE_LOG_STREAM, { ...ids, input });
      const onGroup = await onScripted.send(UPDATE_LOG_GROUP, { ...ids, input });
      return [
        onStream.data.updateLogStream.logStream.ttlInDays,
        onGroup.data.updateLogGroup.logGroup.ttlInDays,
      ];
    };
    expect(await retentionAfter({ ttlInDays: 9 })).toEqual([9, 9]);
    expect(await retentionAfter({ tags: [] })).toEqual([null, 3]);
  });
});
