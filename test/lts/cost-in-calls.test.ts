import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { EmbeddedLts } from '../../src/embedded-lts/embedded-lts.ts';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { type RunningGateway, startGateway, startGatewayOnEmbeddedLts } from '../support/gateway.ts';
import { GROUPS_WITH_STREAMS, LOG_GROUPS } from '../support/operations.ts';
import { startScriptedServer } from '../support/scripted-server.ts';
import { until } from '../support/until.ts';

const { projectId, groupId } = DEMO;

let running: { gateway: RunningGateway; lts: EmbeddedLts; close(): Promise<void> };

beforeAll(async () => {
  running = await startGatewayOnEmbeddedLts();
});
beforeEach(() => {
  running.lts.store.reset();
  running.lts.calls.clear();
});
afterEach(() => expect(running.lts.faults.pending).toBe(0));
afterAll(() => running.close());

/** A hundred groups; every third one has two log streams. */
function fill(lts: EmbeddedLts) {
  for (let count = lts.store.groups.size; count < 100; count += 1) {
    const group = lts.store.addGroup({ log_group_name: `g${count}`, ttl_in_days: 1 });
    if (count % 3 === 0) {
      for (const name of ['a', 'b']) lts.store.addStream(group, { log_stream_name: `${name}${count}` });
    }
  }
}

const stored = (lts: EmbeddedLts) =>
  [...lts.store.groups.values()].map((group) => ({
    id: group.log_group_id,
    name: group.log_group_name,
    logStreams: [...group.streams.values()].map((one) => ({
      id: one.log_stream_id,
      name: one.log_stream_name,
    })),
  }));

test('logGroups with the log streams of 100 groups takes 2 calls when the project-wide list names the groups', async () => {
  fill(running.lts);
  const { data, errors } = await running.gateway.send(GROUPS_WITH_STREAMS, { projectId });
  expect(errors).toBeUndefined();
  expect(data.logGroups).toEqual(stored(running.lts));
  expect(Object.fromEntries(running.lts.calls)).toEqual({ ListLogGroups: 1, ListLogStreams: 1 });
});

test('logGroups with the log streams of N groups takes 2 + N calls whenever the project-wide list does not name the groups', async () => {
  fill(running.lts);
  for (const edition of ['otc', 'huawei', 'otc'] as const) {
    running.lts.store.edition = edition;
    running.lts.calls.clear();
    const { data, errors } = await running.gateway.send(GROUPS_WITH_STREAMS, { projectId });
    expect(errors).toBeUndefined();
    expect(data.logGroups).toEqual(stored(running.lts));
    const groupByGroup = edition === 'huawei' ? {} : { ListLogStream: 100 };
    expect(Object.fromEntries(running.lts.calls)).toEqual({
      ListLogGroups: 1,
      ListLogStreams: 1,
      ...groupByGroup,
    });
  }
});

test('logGroups lists the log streams of at most 8 groups at a time', async () => {
  const scripted = await startScriptedServer();
  const gateway = await startGateway(scripted.url);
  const held: (() => void)[] = [];
  scripted.answer = (request, response) => {
    const groups = Array.from({ length: 40 }, (_, index) => ({
      log_group_id: `g${index}`,
      log_group_name: `g${index}`,
      ttl_in_days: 1,
      creation_time: 1,
    }));
    if (request.url?.endsWith('/groups')) return response.end(JSON.stringify({ log_groups: groups }));
    if (request.url?.endsWith('/log-streams')) {
      return response.end('{"log_streams":[{"log_stream_id":"x","log_stream_name":"x"}]}');
    }
    held.push(() => response.end('{"log_streams":[]}'));
  };
  const answer = gateway.send(GROUPS_WITH_STREAMS, { projectId: 'p' });
  for (let round = 0; round < 40 / 8; round += 1) {
    await until(() => held.length >= 8);
    // A ninth call would have been sent before this one, which is answered at once.
    await gateway.send(LOG_GROUPS, { projectId: 'other' });
    expect(held).toHaveLength(8);
    for (const release of held.splice(0)) release();
  }
  expect((await answer).data.logGroups).toHaveLength(40);
  await gateway.close();
  await scripted.close();
});

test('logGroups returns null logStreams only for the group whose list fails', async () => {
  running.lts.store.edition = 'otc'; // whose list does not name the groups
  fill(running.lts);
  running.lts.faults.failNext({
    when: 'before',
    kind: 'tooManyRequests',
    operation: 'ListLogStream',
    groupId,
  });
  const { data, errors } = await running.gateway.send(GROUPS_WITH_STREAMS, { projectId });
  const expected = stored(running.lts).map((group) =>
    group.id === groupId ? { ...group, logStreams: null } : group,
  );
  expect(data.logGroups).toEqual(expected);
  expect(errors).toMatchObject([
    { path: ['logGroups', 0, 'logStreams'], extensions: { code: 'RATE_LIMITED' } },
  ]);
});

test('logGroups lists the log streams group by group when the project-wide list cannot be read', async () => {
  running.lts.faults.failNext({ when: 'before', kind: 'bigBody', operation: 'ListLogStreams' });
  const { data, errors } = await running.gateway.send(GROUPS_WITH_STREAMS, { projectId });
  expect(errors).toBeUndefined();
  expect(data.logGroups).toEqual(stored(running.lts));
});

test('logGroups does not list the log streams group by group when LTS throttles the project-wide list', async () => {
  running.lts.faults.failNext({ when: 'before', kind: 'tooManyRequests', operation: 'ListLogStreams' });
  const { data, errors } = await running.gateway.send(GROUPS_WITH_STREAMS, { projectId });
  expect(data.logGroups.map((group: { logStreams: unknown }) => group.logStreams)).toEqual([null, null]);
  expect(errors).toHaveLength(2);
  expect(running.lts.calls.get('ListLogStream')).toBeUndefined();
});

test('logGroup returns the log streams of its own group when an operation selects two groups of many', async () => {
  fill(running.lts);
  running.lts.store.edition = 'otc'; // whose list does not name the groups
  const [first, second] = stored(running.lts);
  const { data } = await running.gateway.send(
    `query ($p: ID!, $a: ID!, $b: ID!) {
      a: logGroup(projectId: $p, id: $a) { id name logStreams { id name } }
      b: logGroup(projectId: $p, id: $b) { id name logStreams { id name } }
    }`,
    { p: projectId, a: first!.id, b: second!.id },
  );
  expect(data).toEqual({ a: first, b: second });
});

test('an operation calls LTS once for each list, however many fields need it', async () => {
  const { data } = await running.gateway.send(
    `query ($p: ID!, $g: ID!) {
      a: logGroups(projectId: $p) { id } b: logGroups(projectId: $p) { name } c: logGroup(projectId: $p, id: $g) { id }
      d: logStreams(projectId: $p, groupId: $g) { id } e: logStream(projectId: $p, groupId: $g, id: "x") { id }
    }`,
    { p: projectId, g: groupId },
  );
  expect(data.a).toHaveLength(2);
  expect(Object.fromEntries(running.lts.calls)).toEqual({ ListLogGroups: 1, ListLogStream: 1 });
});

test('a mutation field returns what earlier mutation fields of the operation changed', async () => {
  const { data } = await running.gateway.send(
    `mutation ($p: ID!, $g: ID!) {
      a: updateLogGroup(projectId: $p, groupId: $g, input: { ttlInDays: 11 }) { ... on LogGroupUpdated { logGroup { logStreams { name } } } }
      b: createLogStream(projectId: $p, groupId: $g, input: { name: "new" }) { __typename }
      c: updateLogGroup(projectId: $p, groupId: $g, input: { tags: [] }) { ... on LogGroupUpdated { logGroup { ttlInDays logStreams { name } } } }
    }`,
    { p: projectId, g: groupId },
  );
  expect(data.c.logGroup).toEqual({ ttlInDays: 11, logStreams: [{ name: 'access' }, { name: 'new' }] });
});

test('a group whose ID is no plain segment of a path leaves the others intact, and LTS is not asked for it', async () => {
  const scripted = await startScriptedServer();
  const gateway = await startGateway(scripted.url);
  scripted.answer = (request, response) => {
    const groups = ['fine', '../x'].map((id) => ({
      log_group_id: id,
      log_group_name: id,
      ttl_in_days: 1,
      creation_time: 1,
    }));
    if (request.url?.endsWith('/groups')) return response.end(JSON.stringify({ log_groups: groups }));
    response.statusCode = request.url?.endsWith('/log-streams') ? 404 : 200;
    return response.end('{"log_streams":[]}');
  };
  const { data, errors } = await gateway.send(GROUPS_WITH_STREAMS, { projectId: 'p' });
  await gateway.close();
  await scripted.close();
  expect(data.logGroups.map(({ logStreams }: any) => logStreams)).toEqual([[], null]);
  expect(errors).toMatchObject([
    { path: ['logGroups', 1, 'logStreams'], extensions: { code: 'INVALID_INPUT' } },
  ]);
  expect(scripted.received.map(({ path }) => path)).toEqual([
    '/v2/p/groups',
    '/v2/p/log-streams',
    '/v2/p/groups/fine/streams',
  ]);
});
