import { describe, expect, test } from '@jest/globals';
import { DEMO, type StoredStream } from '../../src/embedded-lts/store.ts';
import {
  CREATE_LOG_STREAM,
  LOG_GROUP_BY_ID,
  UPDATE_LOG_GROUP,
  UPDATE_LOG_STREAM,
} from '../support/operations.ts';
import {
  type Answer,
  answerWith,
  listedGroup,
  listedStream,
  listing,
  replyToWrites,
  replyWith,
} from '../support/scripted-server.ts';
import { useGateway, useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const { projectId, groupId } = DEMO;
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

const { gateway: onScripted, scripted } = useGateway();
const { gateway, lts } = useGatewayOnEmbeddedLts();

test('updateLogGroup changes the retention, the tags or both, and keeps what is not given', async () => {
  const update = (input: object) => gateway.resultOf(UPDATE_LOG_GROUP, { projectId, groupId, input });
  const group = { id: groupId, name: 'web-shop', alias: null, createdAt: TIME, enterpriseProjectId: '0' };
  const tags = [{ key: 'a', value: '' }];
  expect(await update({ ttlInDays: 60 })).toEqual({
    __typename: 'LogGroupUpdated',
    logGroup: { ...group, ttlInDays: 60, tags: [] },
  });
  expect(await update({ tags })).toMatchObject({ logGroup: { ttlInDays: 60, tags } });
  expect(await update({ ttlInDays: 5, tags: null })).toMatchObject({ logGroup: { ttlInDays: 5, tags } });
  const read = await gateway.resultOf(LOG_GROUP_BY_ID, { projectId, id: groupId });
  expect(read).toMatchObject({ ttlInDays: 5, tags });
});

test('updateLogStream changes the retention or the tags, and keeps an inherited retention when only tags change', async () => {
  const { logStreamId: streamId } = await gateway.resultOf(CREATE_LOG_STREAM, {
    projectId,
    groupId,
    input: { name: 's', alias: 'S' },
  });
  const update = (input: object) =>
    gateway.resultOf(UPDATE_LOG_STREAM, { projectId, groupId, streamId, input });
  const tags = [{ key: 'a', value: 'b' }];
  const unchanged = { id: streamId, name: 's', alias: 'S', createdAt: TIME, enterpriseProjectId: '0' };
  const updated = { __typename: 'LogStreamUpdated', logStream: { ...unchanged, ttlInDays: null, tags } };
  expect(await update({ tags })).toEqual(updated);
  expect(await update({ ttlInDays: 9 })).toMatchObject({ logStream: { ttlInDays: 9, alias: 'S' } });
  expect(await update({ tags: [] })).toMatchObject({ logStream: { ttlInDays: 9, tags: [] } });
});

test('updateLogGroup and updateLogStream return INVALID_INPUT without a call to LTS when no field is given', async () => {
  const inputErrors = [{ path: ['input'], message: 'Nothing to change: give at least one field.' }];
  const nothing = { code: 'GATEWAY.INVALID_INPUT', inputErrors };
  for (const input of [{}, { ttlInDays: null, tags: null }]) {
    const ids = { projectId, groupId, streamId: 's' };
    const ofStream = { ...ids, input: { ...input, followLogGroup: false } };
    expect(await gateway.resultOf(UPDATE_LOG_GROUP, { ...ids, input })).toMatchObject(nothing);
    expect(await gateway.resultOf(UPDATE_LOG_STREAM, ofStream)).toMatchObject(nothing);
  }
  expect(lts.calls.size).toBe(0);
});

test('updateLogGroup and updateLogStream return NOT_FOUND for an ID that does not exist', async () => {
  const update = (document: string, ids: object) =>
    gateway.resultOf(document, { projectId, groupId, streamId: 'nope', input: { ttlInDays: 1 }, ...ids });
  const notFound = { kind: 'NOT_FOUND', code: 'GATEWAY.NOT_FOUND', httpStatus: null };
  expect(await update(UPDATE_LOG_GROUP, { groupId: 'nope' })).toMatchObject(notFound);
  expect(await update(UPDATE_LOG_STREAM, {})).toMatchObject(notFound);
  const noGroup = { kind: 'NOT_FOUND', code: 'LTS.0201' };
  expect(await update(UPDATE_LOG_STREAM, { groupId: 'nope' })).toMatchObject(noGroup);
});

const IDS = { projectId: 'p', groupId: 'g', streamId: 's' };
const LISTS = listing([listedGroup({ ttl_in_days: 3 })], [listedStream({ ttl_in_days: -1 })]);

test('updateLogGroup and updateLogStream list the current retention and send it when only tags change', async () => {
  scripted.answer = replyWith(200, { ...LISTS, ttl_in_days: 5 });
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
});

test.each([[null], ['no number'], [undefined], [2 ** 40]])(
  'updateLogStream sends no update when only tags are given and LTS lists the retention %j',
  async (ttl_in_days) => {
    scripted.answer = replyWith(200, listing([], [listedStream({ ttl_in_days })]));
    const { inputErrors } = await onScripted.resultOf(UPDATE_LOG_STREAM, { ...IDS, input: { tags: [] } });
    expect(inputErrors).toMatchObject([{ path: ['input', 'ttlInDays'] }]);
    expect(scripted.received.map(({ method }) => method)).toEqual(['GET']);
  },
);

test('updateLogGroup and updateLogStream return the known retention when the reply of LTS has none', async () => {
  scripted.answer = replyWith(200, LISTS);
  const retentionAfter = async (input: object) => {
    const { logStream } = await onScripted.resultOf(UPDATE_LOG_STREAM, { ...IDS, input });
    const { logGroup } = await onScripted.resultOf(UPDATE_LOG_GROUP, { ...IDS, input });
    return [logStream.ttlInDays, logGroup.ttlInDays];
  };
  expect(await retentionAfter({ ttlInDays: 9 })).toEqual([9, 9]);
  expect(await retentionAfter({ tags: [] })).toEqual([null, 3]);
});

describe('updateLogStream with followLogGroup', () => {
  const update = (input: object) =>
    gateway.resultOf(UPDATE_LOG_STREAM, { projectId, groupId, streamId: DEMO.streamId, input });

  test('returns to the retention of the log group, alone or with tags', async () => {
    const [stream] = [...lts.store.groupOf(groupId).streams.values()] as [StoredStream];
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
    const entry = listedStream({ ttl_in_days: undefined });
    scripted.answer = replyWith(200, { log_streams: [entry], ttl_in_days: 30 });
    const input = { followLogGroup: true };
    const { logStream } = await onScripted.resultOf(UPDATE_LOG_STREAM, { ...IDS, input });
    expect(logStream.ttlInDays).toBeNull();
    expect(scripted.received.map(({ body }) => body)).toEqual(['', '{"ttl_in_days":-1}']);
  });

  test('cannot be given together with ttlInDays', async () => {
    const message = 'Give a retention in days or this, not both.';
    expect(await update({ followLogGroup: true, ttlInDays: 5 })).toMatchObject({
      code: 'GATEWAY.INVALID_INPUT',
      inputErrors: [{ path: ['input', 'followLogGroup'], message }],
    });
    expect(await update({ followLogGroup: true, ttlInDays: null })).toMatchObject({ logStream: {} });
    expect(lts.calls.get('UpdateLogStream')).toBe(1);
  });
});

describe.each([
  ['updateLogGroup', UPDATE_LOG_GROUP, 'logGroup', 'ListLogGroups'],
  ['updateLogStream', UPDATE_LOG_STREAM, 'logStream', 'ListLogStream'],
])('%s of tags', (name, document, item, list) => {
  const OLD = [{ key: 'a', value: '1' }];
  const SENT = [{ key: 'b', value: '2' }];
  /** The list of LTS, with these fields of the item besides its name. */
  const lists = (fields: object) => replyWith(200, listing([listedGroup(fields)], [listedStream(fields)]));
  const LISTS_OLD = lists({ tag: { a: '1' } });

  test.each<[string, object[], Answer, object[], Answer?]>([
    ['replaced the tags', SENT, lists({ tag: { b: '2', _sys_enterprise_project_id: '0' } }), SENT],
    ['lists them as an array', SENT, lists({ tags: SENT }), SENT],
    ['added those that were sent', SENT, lists({ tag: { a: '1', b: '2' } }), [...OLD, ...SENT]],
    ['kept the old ones', [], LISTS_OLD, OLD],
    ['has none', SENT, lists({ tag: {} }), []],
    ['lists null for tags', SENT, lists({ tag: null }), SENT],
    ['lists no tags', SENT, lists({}), SENT, lists({})],
    ['does not list it any more', SENT, replyWith(200, listing()), SENT],
    ['refuses the list', SENT, replyWith(403, {}), SENT],
  ])(
    'returns those that LTS lists, or else those that were sent, where LTS %s',
    async (_what, tags, after, returned, before = LISTS_OLD) => {
      let isUpdated = false;
      const write = answerWith(() => {
        isUpdated = true;
        return replyWith(200, { ttl_in_days: 9 });
      });
      scripted.answer = replyToWrites(
        write,
        answerWith(() => (isUpdated ? after : before)),
      );
      const result = await onScripted.resultOf(document, { ...IDS, input: { tags, ttlInDays: 9 } });
      expect(result[item]).toMatchObject({ tags: returned, ttlInDays: 9 });
    },
  );

  test('reads the list once more, which one of the retention alone does not', async () => {
    const callsOf = async (input: object) => {
      lts.calls.clear();
      expect(await gateway.resultOf(document, { ...DEMO, input })).toHaveProperty(item);
      return Object.fromEntries(lts.calls);
    };
    const write = name.charAt(0).toUpperCase() + name.slice(1);
    expect(await callsOf({ ttlInDays: 5 })).toEqual({ [list]: 1, [write]: 1 });
    expect(await callsOf({ tags: [] })).toEqual({ [list]: 2, [write]: 1 });
    expect(await callsOf({ ttlInDays: 5, tags: SENT })).toEqual({ [list]: 2, [write]: 1 });
  });
});

test('updateLogStream does not read its list again for logGroup when it has read it for the tags', async () => {
  const { logGroup } = await gateway.resultOf(
    `mutation ($projectId: ID!, $groupId: ID!, $streamId: ID!) {
      updateLogStream(projectId: $projectId, groupId: $groupId, streamId: $streamId, input: { tags: [{ key: "k" }] }) {
        ... on LogStreamUpdated { logGroup { logStreams { tags { key } } } }
      }
    }`,
    DEMO,
  );
  expect(logGroup).toEqual({ logStreams: [{ tags: [{ key: 'k' }] }] });
  const calls = { ListLogStream: 2, UpdateLogStream: 1, ListLogGroups: 1 };
  expect(Object.fromEntries(lts.calls)).toEqual(calls);
});
