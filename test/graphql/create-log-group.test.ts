import { expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { CREATE_LOG_GROUP, LOG_GROUPS } from '../support/operations.ts';
import {
  answerWith,
  hangUp,
  listedGroup,
  listing,
  replyToWrites,
  replyWith,
} from '../support/scripted-server.ts';
import { useGateway, useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const { projectId } = DEMO;
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

const { gateway: onScripted, scripted } = useGateway();
const { gateway } = useGatewayOnEmbeddedLts();

test('createLogGroup creates a log group that logGroups then lists', async () => {
  const input = {
    name: 'group',
    ttlInDays: 14,
    alias: 'Group',
    tags: [{ key: 'k', value: 'v' }],
    enterpriseProjectId: 'e-1',
  };
  const { logGroupId, ...result } = await gateway.resultOf(CREATE_LOG_GROUP, { projectId, input });
  const group = { ...input, id: logGroupId, createdAt: TIME };
  expect(result).toEqual({ __typename: 'LogGroupCreated', logGroup: group });
  const created = new Date(result.logGroup.createdAt).getTime();
  expect(Math.abs(Date.now() - created)).toBeLessThan(5_000);
  expect(await gateway.resultOf(LOG_GROUPS, { projectId })).toContainEqual(group);
});

test('createLogGroup sends the documented POST with the fields given', async () => {
  scripted.answer = replyWith(201, { log_group_id: 'g' });
  const input = { name: 'g', ttlInDays: 3, alias: 'G' };
  await onScripted.send(CREATE_LOG_GROUP, { projectId: 'p', input });
  expect(scripted.received).toMatchObject([
    {
      method: 'POST',
      path: '/v2/p/groups',
      body: '{"log_group_name":"g","ttl_in_days":3,"log_group_name_alias":"G"}',
    },
  ]);
});

test('createLogGroup sends the enterprise project in the query, and returns it where LTS lists none', async () => {
  const input = { name: 'g', ttlInDays: 3, enterpriseProjectId: 'e-1' };
  const create = async () => {
    const { logGroup } = await onScripted.resultOf(CREATE_LOG_GROUP, { projectId: 'p', input });
    return logGroup.enterpriseProjectId;
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
    const list = answerWith(() =>
      replyWith(200, listing([listedGroup({ ttl_in_days: 3, creation_time: Date.now(), ...tag })])),
    );
    scripted.answer = replyToWrites(hangUp, list);
  };
  found({});
  expect(await create()).toBe('e-1');
  found({ tag: { _sys_enterprise_project_id: '0' } });
  expect(await create()).toBe('0');
  expect(scripted.received.at(-1)).toMatchObject({ method: 'GET', path: '/v2/p/groups' });
});
