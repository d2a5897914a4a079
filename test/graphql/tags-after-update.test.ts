import { beforeEach, describe, expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { UPDATE_LOG_GROUP, UPDATE_LOG_STREAM } from '../support/operations.ts';
import {
  answerWith,
  listedGroup,
  listedStream,
  listing,
  replyToWrites,
  replyWith,
} from '../support/scripted-server.ts';
import { useGateway, useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const { gateway: onScripted, scripted } = useGateway();
const { gateway, lts } = useGatewayOnEmbeddedLts();

const IDS = { projectId: 'p', groupId: 'g', streamId: 's' };
const SENT = [{ key: 'b', value: '2' }];

describe.each([
  ['updateLogGroup', UPDATE_LOG_GROUP, 'logGroup', 'ListLogGroups'],
  ['updateLogStream', UPDATE_LOG_STREAM, 'logStream', 'ListLogStream'],
])('%s', (name, document, item, list) => {
  /** What LTS lists of the item besides its name, before the update and after it; without it, there is none. */
  let listed: { before: object | null; after: object | null };
  let isListUnreadable: boolean;

  beforeEach(() => {
    listed = { before: { tag: { a: '1' } }, after: { tag: { a: '1' } } };
    isListUnreadable = false;
    let isUpdated = false;
    const read = answerWith(() => {
      if (isUpdated && isListUnreadable) return replyWith(403, {});
      const tags = isUpdated ? listed.after : listed.before;
      return replyWith(200, tags ? listing([listedGroup(tags)], [listedStream(tags)]) : listing());
    });
    const write = answerWith(() => {
      isUpdated = true;
      return replyWith(200, { ttl_in_days: 9 });
    });
    scripted.answer = replyToWrites(write, read);
  });

  const update = async (input: object) => {
    return (await onScripted.resultOf(document, { ...IDS, input }))[item];
  };

  test.each<[string, object]>([
    ['replaced the tags', { tag: { b: '2', _sys_enterprise_project_id: '0' } }],
    ['lists them as an array', { tags: SENT }],
  ])('returns the tags that were sent when LTS %s', async (_what, after) => {
    listed.after = after;
    expect((await update({ tags: SENT })).tags).toEqual(SENT);
  });

  test('returns all tags that LTS lists when it added those that were sent, or kept the old ones', async () => {
    listed.after = { tag: { a: '1', b: '2' } };
    expect((await update({ tags: SENT })).tags).toEqual([{ key: 'a', value: '1' }, ...SENT]);
    listed.after = { tag: { a: '1' } };
    expect((await update({ tags: [] })).tags).toEqual([{ key: 'a', value: '1' }]);
    listed.after = { tag: {} };
    expect((await update({ tags: SENT })).tags).toEqual([]);
  });

  test.each<[string, () => void]>([
    ['the list cannot be read', () => (isListUnreadable = true)],
    ['the list does not have it any more', () => (listed.after = null)],
    ['LTS lists no tags', () => (listed = { before: {}, after: {} })],
    ['LTS lists null for tags', () => (listed.after = { tag: null })],
  ])('returns the tags that were sent when %s', async (_what, prepare) => {
    prepare();
    expect(await update({ tags: SENT, ttlInDays: 9 })).toMatchObject({ tags: SENT, ttlInDays: 9 });
  });

  test('reads the list once more after a change of tags, and not after one of the retention', async () => {
    const callsOf = async (input: object) => {
      lts.calls.clear();
      const { data } = await gateway.send(document, { ...DEMO, input });
      expect(data[name]).toHaveProperty(item);
      return Object.fromEntries(lts.calls);
    };
    const write = name.charAt(0).toUpperCase() + name.slice(1);
    expect(await callsOf({ ttlInDays: 5 })).toEqual({ [list]: 1, [write]: 1 });
    expect(await callsOf({ tags: [] })).toEqual({ [list]: 2, [write]: 1 });
    expect(await callsOf({ ttlInDays: 5, tags: SENT })).toEqual({ [list]: 2, [write]: 1 });
  });
});

test('updateLogStream does not read its list again for logGroup when it has read it for the tags', async () => {
  const { data } = await gateway.send(
    `mutation ($p: ID!, $g: ID!, $s: ID!) {
      updateLogStream(projectId: $p, groupId: $g, streamId: $s, input: { tags: [{ key: "k" }] }) {
        ... on LogStreamUpdated { logGroup { logStreams { tags { key } } } }
      }
    }`,
    { p: DEMO.projectId, g: DEMO.groupId, s: DEMO.streamId },
  );
  expect(data.updateLogStream.logGroup).toEqual({ logStreams: [{ tags: [{ key: 'k' }] }] });
  const calls = { ListLogStream: 2, UpdateLogStream: 1, ListLogGroups: 1 };
  expect(Object.fromEntries(lts.calls)).toEqual(calls);
});
