import { describe, expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { ALL_STREAMS, GROUPS, HEADERS, refusal, STREAMS } from '../support/call-lts.ts';
import { useEmbeddedLts } from '../support/use-gateways.ts';

const { lts, call } = useEmbeddedLts();

const WRONG_BODY = refusal(400, 'LTS.0009', 'Failed to validate the request body');

test('the embedded LTS lists log groups and log streams with the fields of LTS, of which the edition otc lacks some', async () => {
  lts.store.edition = 'otc';
  const group = { log_group_name: 'g', log_group_name_alias: 'G', ttl_in_days: 1 };
  const created = await call('POST', GROUPS, group);
  expect(created.status).toBe(201);
  const streams = `${GROUPS}/${created.body.log_group_id}/streams`;
  const stream = { log_stream_name: 's', log_stream_name_alias: 'S', ttl_in_days: 9 };
  const answer = await call('POST', streams, { ...stream, tags: [{ key: 'k', value: '' }] });
  expect(answer).toEqual({
    status: 201,
    requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
    body: { log_stream_id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
  });
  const lists = async () => [
    (await call('GET', GROUPS)).body.log_groups.at(-1),
    (await call('GET', streams)).body.log_streams,
    (await call('GET', `${ALL_STREAMS}?log_stream_name=s`)).body.log_streams,
  ];

  const tag = { _sys_enterprise_project_id: '0' };
  const listedGroup = { creation_time: expect.any(Number), ...created.body, tag };
  const listedStream = {
    creation_time: expect.any(Number),
    ...answer.body,
    log_stream_name: 's',
    filter_count: 0,
    tag: { ...tag, k: '' },
  };
  expect(await lists()).toEqual([
    { ...listedGroup, log_group_name: 'g', ttl_in_days: 1 },
    [{ ...listedStream, is_favorite: false }],
    [listedStream],
  ]);
  lts.store.edition = 'huawei';
  const inHuawei = { ...listedStream, ...stream, is_favorite: false, whether_log_storage: true };
  expect(await lists()).toEqual([
    { ...listedGroup, ...group },
    [inHuawei],
    [{ ...inHuawei, ...created.body }],
  ]);
});

const REQUESTS: Record<string, string> = {
  ListLogGroups: `GET ${GROUPS}`,
  CreateLogGroup: `POST ${GROUPS}`,
  UpdateLogGroup: `POST ${GROUPS}/${DEMO.groupId}`,
  ListLogStream: `GET ${STREAMS}`,
  CreateLogStream: `POST ${STREAMS}`,
  UpdateLogStream: `PUT ${STREAMS}-ttl/${DEMO.streamId}`,
  ListLogs: `POST ${STREAMS}/${DEMO.streamId}/content/query`,
  ListLogHistogram: `POST /v2/${DEMO.projectId}/lts/keyword-count`,
  ListLogContext: `POST ${STREAMS}/${DEMO.streamId}/context`,
};
/** Sends one of these, or any other `METHOD path`. */
const send = (request: string, body?: unknown, token = 'any') => {
  const [method = '', path = ''] = (REQUESTS[request] ?? request).split(' ');
  return call(method, path, body, { ...HEADERS, 'X-Auth-Token': token });
};
const named = (fields: object) => ({ log_stream_name: 'a', ...fields });

describe('the embedded LTS refuses', () => {
  test.each<[string, string, unknown]>([
    ['a body without a name', 'CreateLogStream', {}],
    ['an empty name', 'CreateLogStream', { log_stream_name: '' }],
    ['a name of the wrong type', 'CreateLogStream', { log_stream_name: 7 }],
    ['a name of 65 characters', 'CreateLogStream', { log_stream_name: 'x'.repeat(65) }],
    ['a name that starts with a period', 'CreateLogStream', { log_stream_name: '.x' }],
    ['a name that ends with a period', 'CreateLogStream', { log_stream_name: 'x.' }],
    ['a retention of 0 days', 'CreateLogStream', named({ ttl_in_days: 0 })],
    ['a retention of 366 days', 'CreateLogStream', named({ ttl_in_days: 366 })],
    ['a retention that is a string', 'CreateLogStream', named({ ttl_in_days: '7' })],
    ['a retention of null', 'CreateLogStream', named({ ttl_in_days: null })],
    ['a retention of -2 days', 'UpdateLogStream', { ttl_in_days: -2 }],
    ['a retention of -1 for a log group', 'CreateLogGroup', { log_group_name: 'g', ttl_in_days: -1 }],
    ['21 tags', 'CreateLogStream', named({ tags: Array.from({ length: 21 }, (_, i) => ({ key: `k${i}` })) })],
    ['a tag key that occurs twice', 'CreateLogStream', named({ tags: [{ key: 'k' }, { key: 'k' }] })],
    ['a system tag', 'CreateLogStream', named({ tags: [{ key: '_sys_k' }] })],
    ['a tag key that ends with a space', 'CreateLogStream', named({ tags: [{ key: 'k ' }] })],
    ['a reserved enterprise project', 'CreateLogStream', named({ enterprise_project_name: 'my-Default' })],
    ['an enterprise project with a space', 'CreateLogStream', named({ enterprise_project_name: 'a b' })],
    ['an enterprise project without a name', 'CreateLogStream', named({ enterprise_project_name: '' })],
    [
      'a whether_log_storage that is a text',
      'UpdateLogStream',
      { ttl_in_days: 1, whether_log_storage: 'no' },
    ],
    ['an unknown field', 'CreateLogStream', named({ name: 'a' })],
    ['a body that is a list', 'CreateLogStream', []],
    ['a request without a body', 'CreateLogStream', undefined],
    ['an update of a log group without a retention', 'UpdateLogGroup', {}],
    ['an update of a log group with a name', 'UpdateLogGroup', { ttl_in_days: 1, log_group_name: 'n' }],
    ['a list by an empty name', `GET ${ALL_STREAMS}?log_stream_name=`, undefined],
    ['a list by two names', `GET ${ALL_STREAMS}?log_stream_name=a&log_stream_name=b`, undefined],
  ])('%s with LTS.0009', async (_what, request, body) => {
    expect(await send(request, body)).toEqual(WRONG_BODY);
  });

  test('a body that is not JSON with LTS.0007', async () => {
    expect(await send('CreateLogStream', '{log_stream_name')).toEqual(
      refusal(400, 'LTS.0007', 'The request body format must be json'),
    );
  });

  test('a name in use in the group with LTS.0205, but accepts it in another group', async () => {
    const body = { log_stream_name: 'access' };
    expect(await send('CreateLogStream', body)).toEqual(
      refusal(400, 'LTS.0205', 'The log stream name has been existed'),
    );
    expect((await call('POST', `${GROUPS}/${DEMO.otherGroupId}/streams`, body)).status).toBe(201);
  });

  test('the 101st log stream of a group with LTS.0206', async () => {
    for (let count = 2; count <= 100; count += 1) {
      expect((await send('CreateLogStream', { log_stream_name: `s${count}` })).status).toBe(201);
    }
    expect(await send('CreateLogStream', { log_stream_name: 's101' })).toEqual(
      refusal(400, 'LTS.0206', 'Failed to create log stream, the number of Log streams exceeds the quota'),
    );
  });

  test('a group name in use with LTS.0101 and the 101st log group with LTS.0104', async () => {
    expect(await send('CreateLogGroup', { log_group_name: 'web-shop', ttl_in_days: 1 })).toEqual(
      refusal(400, 'LTS.0101', 'Failed to create log group, the group name has been existed'),
    );
    for (let count = 3; count <= 100; count += 1) {
      lts.store.addGroup({ log_group_name: `g${count}`, ttl_in_days: 1 });
    }
    expect(await send('CreateLogGroup', { log_group_name: 'g101', ttl_in_days: 1 })).toEqual(
      refusal(400, 'LTS.0104', 'Failed to create log group, the number of log groups exceeds the quota'),
    );
  });

  test('to delete a log stream or log group that a log transfer uses', async () => {
    lts.store.inTransfer.add(DEMO.streamId).add(DEMO.groupId);
    expect(await call('DELETE', `${STREAMS}/${DEMO.streamId}`)).toEqual(
      refusal(400, 'LTS.0207', 'Log stream is associated by transfer'),
    );
    expect(await call('DELETE', `${GROUPS}/${DEMO.groupId}`)).toEqual(
      refusal(400, 'LTS.0105', 'Log group is associated by transfer'),
    );
  });

  test('an unknown path, such as one with a trailing slash, with APIGW.0101', async () => {
    for (const path of ['/', '/v2', `${STREAMS}/`, STREAMS.toUpperCase()]) {
      expect(await call('POST', path, { log_stream_name: 'a' })).toMatchObject({
        status: 404,
        body: { error_code: 'APIGW.0101' },
      });
    }
  });

  test.each([
    ['GET', GROUPS],
    ['DELETE', `${GROUPS}/x`],
  ])('a %s without Content-Type with 415', async (method, path) => {
    expect((await call(method, path, undefined, { 'X-Auth-Token': 'any' })).status).toBe(415);
  });

  test.each<[string, string, object]>([
    ['an inherited retention of a new log stream', 'CreateLogStream', named({ ttl_in_days: -1 })],
    ['an inherited retention', 'UpdateLogStream', { ttl_in_days: -1 }],
    ['whether_log_storage', 'UpdateLogStream', { ttl_in_days: 1, whether_log_storage: true }],
    ['a tag without a value', 'CreateLogStream', named({ tags: [{ key: 'k' }] })],
  ])('%s in the edition otc', async (_what, request, body) => {
    lts.store.edition = 'otc';
    const refused = refusal(400, 'LTS.0009', 'Failed to validate the request body.');
    expect(await send(request, body)).toEqual(refused);
  });

  const FAILED_CREATE = 'Failed to create Log stream';
  const FAILED_QUERY = 'Failed to query lts log';
  const INTERNAL = 'The system encountered an internal error';
  const NO_PERMISSION = 'Current user does not have the permission to operate this group';
  test.each<['huawei' | 'otc', string, string, number, string, string]>([
    ['huawei', 'any', 'GET /v2/other/groups', 403, 'LTS.0001', 'Invalid projectId'],
    ['huawei', 'expired', 'CreateLogStream', 401, 'LTS.0003', 'Invalid token'],
    ['huawei', 'expired', 'ListLogStream', 401, 'LTS.0003', 'Invalid token'],
    ['huawei', 'expired', 'UpdateLogGroup', 401, 'LTS.0414', 'Invalid token'],
    ['huawei', 'expired', 'ListLogs', 401, 'LTS.0003', 'Invalid token'],
    ['huawei', 'expired', 'ListLogHistogram', 401, 'LTS.0003', 'Invalid token'],
    ['huawei', 'expired', 'ListLogContext', 401, 'LTS.0003', 'Invalid token'],
    ['huawei', 'forbidden', 'CreateLogStream', 403, 'LTS.0001', 'Invalid projectId'],
    ['huawei', 'broken', 'CreateLogStream', 500, 'LTS.0202', FAILED_CREATE],
    ['huawei', 'broken', 'ListLogStream', 500, 'LTS.0010', INTERNAL],
    ['huawei', 'broken', 'ListLogs', 500, 'LTS.0202', FAILED_QUERY],
    ['huawei', 'broken', 'ListLogHistogram', 500, 'LTS.0202', 'Internal Server Error'],
    ['huawei', 'broken', 'ListLogContext', 500, 'LTS.0202', FAILED_QUERY],
    ['otc', 'any', 'GET /v2/other/groups', 403, 'LTS.0011', 'Invalid projectId'],
    ['otc', 'any', `DELETE ${STREAMS}/x`, 400, 'LTS.0208', 'Log stream is associated by transfer'],
    ['otc', 'expired', 'ListLogGroups', 401, 'LTS.0003', 'Invalid token'],
    ['otc', 'forbidden', 'ListLogGroups', 403, 'LTS.0003', 'Invalid role'],
    ['otc', 'broken', 'ListLogGroups', 400, 'LTS.0010', INTERNAL],
    ['otc', 'broken', 'UpdateLogGroup', 500, 'LTS.0107', NO_PERMISSION],
  ])(
    'in the edition %s, with the token "%s", %s with %i %s',
    async (edition, token, request, ...expected) => {
      lts.store.edition = edition;
      expect(await send(request, undefined, token)).toEqual(refusal(...expected));
    },
  );
});

describe('the embedded LTS', () => {
  test('answers an update with what it has updated, of a log stream in the field names of an older API', async () => {
    const creation_time = expect.any(Number);
    const update = { ttl_in_days: 20, tags: [{ key: 'k' }] };
    expect((await send('UpdateLogGroup', update)).body).toEqual({
      creation_time,
      log_group_name: 'web-shop',
      log_group_id: DEMO.groupId,
      ttl_in_days: 20,
    });
    expect((await send('UpdateLogStream', update)).body).toEqual({
      creation_time,
      log_topic_name: 'access',
      log_topic_id: DEMO.streamId,
      ttl_in_days: 20,
    });
  });

  test('lists the log streams of the project by the whole name of group and stream', async () => {
    for (const name of ['access', 'access2', 'errors']) {
      lts.store.addStream(lts.store.groupOf(DEMO.otherGroupId), { log_stream_name: name });
    }
    const listed = async (query: string) =>
      (await call('GET', `${ALL_STREAMS}?${query}`)).body.log_streams.map(
        (stream: { log_stream_name: string }) => stream.log_stream_name,
      );
    expect(await listed('log_stream_name=access')).toEqual(['access', 'access']);
    expect(await listed('log_group_name=mobile-app')).toEqual(['access', 'access2', 'errors']);
    expect(await listed('log_group_name=mobile-app&log_stream_name=access')).toEqual(['access']);
    expect(await listed('log_group_name=mobile')).toEqual([]);
  });

  test('lists whether_log_storage as the last update that has it says', async () => {
    const { body } = await call('POST', STREAMS, { log_stream_name: 's' });
    const path = `${STREAMS}-ttl/${body.log_stream_id}`;
    const stored = async () => (await call('GET', STREAMS)).body.log_streams.at(-1).whether_log_storage;
    expect(await stored()).toBe(true);
    await call('PUT', path, { ttl_in_days: 1, whether_log_storage: false });
    await call('PUT', path, { ttl_in_days: 2 });
    expect(await stored()).toBe(false);
  });

  test('lists the enterprise project of a log group for its log streams as well, and keeps it when tags change', async () => {
    const project = '5e3b1d0c-9a72-4f68-b1c4-7d2e8f6a0b93';
    const created = await call('POST', `${GROUPS}?enterprise_project_id=${project}`, {
      log_group_name: 'g',
      ttl_in_days: 1,
    });
    const path = `${GROUPS}/${created.body.log_group_id}`;
    await call('POST', `${path}/streams`, { log_stream_name: 's', enterprise_project_name: 'shop-1' });
    await call('POST', path, { ttl_in_days: 1, tags: [{ key: 'k', value: 'v' }] });

    const tag = { _sys_enterprise_project_id: project };
    expect((await call('GET', GROUPS)).body.log_groups.at(-1).tag).toEqual({ ...tag, k: 'v' });
    expect((await call('GET', `${path}/streams`)).body.log_streams[0].tag).toEqual(tag);

    await call('POST', `${GROUPS}?enterprise_project_id=default`, { log_group_name: 'd', ttl_in_days: 1 });
    expect((await call('GET', GROUPS)).body.log_groups.at(-1).tag).toEqual({
      _sys_enterprise_project_id: '0',
    });
  });
});
