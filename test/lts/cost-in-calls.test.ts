import { expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { GROUPS_WITH_STREAMS, LOG_GROUPS } from '../support/operations.ts';
import { answerWith, listedGroup, listing, replyWith } from '../support/scripted-server.ts';
import { until } from '../support/until.ts';
import { useGateway, useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const { projectId, groupId } = DEMO;

const { gateway: onScripted, scripted } = useGateway();
const { gateway, lts } = useGatewayOnEmbeddedLts();

/** A hundred groups; every third one has two log streams. */
function fill() {
  for (let count = lts.store.groups.size; count < 100; count += 1) {
    const group = lts.store.addGroup({ log_group_name: `g${count}`, ttl_in_days: 1 });
    if (count % 3 === 0) {
      for (const name of ['a', 'b']) lts.store.addStream(group, { log_stream_name: `${name}${count}` });
    }
  }
}

const stored = () =>
  [...lts.store.groups.values()].map((group) => ({
    id: group.log_group_id,
    name: group.log_group_name,
    logStreams: [...group.streams.values()].map((one) => ({
      id: one.log_stream_id,
      name: one.log_stream_name,
    })),
  }));

const listAll = () => gateway.send(GROUPS_WITH_STREAMS, { projectId });

test('logGroups with the log streams of 100 groups takes 2 calls, and 100 more whenever the project-wide list does not name the groups', async () => {
  fill();
  for (const edition of ['otc', 'huawei', 'otc'] as const) {
    lts.store.edition = edition;
    lts.calls.clear();
    const { data, errors } = await listAll();
    expect(errors).toBeUndefined();
    expect(data.logGroups).toEqual(stored());
    const groupByGroup = edition === 'huawei' ? {} : { ListLogStream: 100 };
    expect(Object.fromEntries(lts.calls)).toEqual({ ListLogGroups: 1, ListLogStreams: 1, ...groupByGroup });
  }
});

test('logGroups lists the log streams of at most 8 groups at a time', async () => {
  const held: (() => void)[] = [];
  const groups = Array.from({ length: 40 }, (_, index) => listedGroup({ log_group_id: `g${index}` }));
  const ofUnknownGroup = { log_stream_id: 'x', log_stream_name: 'x' };
  scripted.answer = (request, ...rest) => {
    const isList = /\/(groups|log-streams)$/.test(request.url ?? '');
    if (isList) replyWith(200, listing(groups, [ofUnknownGroup]))(request, ...rest);
    else held.push(() => replyWith(200, listing())(request, ...rest));
  };
  const answer = onScripted.send(GROUPS_WITH_STREAMS, { projectId: 'p' });
  for (let round = 0; round < 40 / 8; round += 1) {
    await until(() => held.length >= 8);
    // A ninth call would have been sent before this one, which is answered at once.
    await onScripted.send(LOG_GROUPS, { projectId: 'other' });
    expect(held).toHaveLength(8);
    for (const release of held.splice(0)) release();
  }
  expect((await answer).data.logGroups).toHaveLength(40);
});

test('logGroups returns null logStreams only for the group whose list fails', async () => {
  lts.store.edition = 'otc'; // whose list does not name the groups
  fill();
  lts.faults.failNext({ when: 'before', kind: 'tooManyRequests', operation: 'ListLogStream', groupId });
  const { data, errors } = await listAll();
  const expected = stored().map((group) => (group.id === groupId ? { ...group, logStreams: null } : group));
  expect(data.logGroups).toEqual(expected);
  expect(errors).toMatchObject([
    { path: ['logGroups', 0, 'logStreams'], extensions: { code: 'RATE_LIMITED' } },
  ]);
});

test('logGroups lists the log streams group by group when the project-wide list cannot be read', async () => {
  lts.faults.failNext({ when: 'before', kind: 'bigBody', operation: 'ListLogStreams' });
  const { data, errors } = await listAll();
  expect(errors).toBeUndefined();
  expect(data.logGroups).toEqual(stored());
});

test('logGroups does not list the log streams group by group when LTS throttles the project-wide list', async () => {
  lts.faults.failNext({ when: 'before', kind: 'tooManyRequests', operation: 'ListLogStreams' });
  const { data, errors } = await listAll();
  expect(data.logGroups.map((group: { logStreams: unknown }) => group.logStreams)).toEqual([null, null]);
  expect(errors).toHaveLength(2);
  expect(lts.calls.get('ListLogStream')).toBeUndefined();
});

test('an operation calls LTS once for each list, however many fields need it', async () => {
  const { data } = await gateway.send(
    `query ($p: ID!, $g: ID!) {
      a: logGroups(projectId: $p) { id } b: logGroups(projectId: $p) { name } c: logGroup(projectId: $p, id: $g) { id }
      d: logStreams(projectId: $p, groupId: $g) { id } e: logStream(projectId: $p, groupId: $g, id: "x") { id }
    }`,
    { p: projectId, g: groupId },
  );
  expect(data.a).toHaveLength(2);
  expect(Object.fromEntries(lts.calls)).toEqual({ ListLogGroups: 1, ListLogStream: 1 });
});

test('a mutation field returns what earlier mutation fields of the operation changed', async () => {
  const { data } = await gateway.send(
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
  const groups = ['fine', '../x'].map((log_group_id) => listedGroup({ log_group_id }));
  scripted.answer = answerWith(({ url }) =>
    replyWith(url?.endsWith('/log-streams') ? 404 : 200, listing(groups)),
  );
  const { data, errors } = await onScripted.send(GROUPS_WITH_STREAMS, { projectId: 'p' });
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
