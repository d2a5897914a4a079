import { expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { CREATE_LOG_GROUP, LOG_GROUPS } from '../support/operations.ts';
import { replyWith } from '../support/scripted-server.ts';
import { useGateway, useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const { projectId } = DEMO;
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

const { gateway: onScripted, scripted } = useGateway();
const { gateway, lts } = useGatewayOnEmbeddedLts();

test('createLogGroup creates a log group that logGroups then lists', async () => {
  const input = {
    name: 'group',
    ttlInDays: 14,
    alias: 'Group',
    tags: [{ key: 'k', value: 'v' }],
    enterpriseProjectId: 'e-1',
  };
  const { data } = await gateway.send(CREATE_LOG_GROUP, { projectId, input });
  const { logGroupId } = data.createLogGroup;
  const group = { ...input, id: logGroupId };
  expect(data.createLogGroup).toEqual({
    __typename: 'LogGroupCreated',
    logGroupId,
    logGroup: { ...group, createdAt: TIME },
  });
  const created = new Date(data.createLogGroup.logGroup.createdAt).getTime();
  expect(Math.abs(Date.now() - created)).toBeLessThan(5_000);
  expect((await gateway.send(LOG_GROUPS, { projectId })).data.logGroups).toContainEqual({
    ...group,
    createdAt: TIME,
  });
});

test('createLogGroup returns ALREADY_EXISTS for a name in use and QUOTA_EXCEEDED for the 101st log group', async () => {
  const create = async (name: string) =>
    (await gateway.send(CREATE_LOG_GROUP, { projectId, input: { name, ttlInDays: 1 } })).data.createLogGroup;
  expect(await create('web-shop')).toMatchObject({ code: 'LTS.0101', kind: 'ALREADY_EXISTS' });
  for (let count = 3; count <= 100; count += 1) {
    lts.store.addGroup({ log_group_name: `g${count}`, ttl_in_days: 1 });
  }
  expect(await create('one-more')).toMatchObject({ code: 'LTS.0104', kind: 'QUOTA_EXCEEDED' });
});

test('createLogGroup returns the path of each invalid argument', async () => {
  const { data } = await gateway.send(CREATE_LOG_GROUP, {
    projectId: '..',
    input: { name: '.x', ttlInDays: 366, alias: '', tags: [{ key: ' ' }], enterpriseProjectId: 'a&b' },
  });
  expect(
    data.createLogGroup.inputErrors.map(({ path }: { path: string[] }) => path.join('.')).sort(),
  ).toEqual([
    'input.alias',
    'input.enterpriseProjectId',
    'input.name',
    'input.tags.0.key',
    'input.ttlInDays',
    'projectId',
  ]);
});

test('createLogGroup sends the documented POST with the fields given', async () => {
  scripted.answer = replyWith(201, { log_group_id: 'g' });
  const input = { name: 'g', ttlInDays: 3, alias: 'G' };
  await onScripted.send(CREATE_LOG_GROUP, { projectId: 'p', input });
  expect(scripted.received).toMatchObject([
    {
      method: 'POST',
      path: '/v2/p/groups',
      headers: { 'content-type': 'application/json;charset=UTF-8' },
      body: '{"log_group_name":"g","ttl_in_days":3,"log_group_name_alias":"G"}',
    },
  ]);
});

test('createLogGroup sends the enterprise project in the query, and returns it where LTS lists none', async () => {
  const input = { name: 'g', ttlInDays: 3, enterpriseProjectId: 'e-1' };
  const create = async () => {
    const { data } = await onScripted.send(CREATE_LOG_GROUP, { projectId: 'p', input });
    return data.createLogGroup.logGroup.enterpriseProjectId;
  };
  scripted.answer = replyWith(201, { log_group_id: 'g' });
  expect(await create()).toBe('e-1');
  expect(scripted.received).toMatchObject([
    {
      method: 'POST',
      path: '/v2/p/groups?enterprise_project_id=e-1',
      body: '{"log_group_name":"g","ttl_in_days":3}',
    },
  ]);

  // The reply is lost, and the log group is found in the list.
  const found = (tag: object) => {
    scripted.answer = (request, response, body) => {
      if (request.method === 'POST') return request.socket.destroy();
      const listed = {
        log_group_id: 'g',
        log_group_name: 'g',
        ttl_in_days: 3,
        creation_time: Date.now(),
        ...tag,
      };
      replyWith(200, { log_groups: [listed] })(request, response, body);
    };
  };
  found({});
  expect(await create()).toBe('e-1');
  found({ tag: { _sys_enterprise_project_id: '0' } });
  expect(await create()).toBe('0');
  expect(scripted.received.at(-1)).toMatchObject({ method: 'GET', path: '/v2/p/groups' });
});
