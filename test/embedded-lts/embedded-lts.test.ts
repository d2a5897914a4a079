import { describe, expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { ALL_STREAMS, GROUPS, HEADERS, refusal, STREAMS } from '../support/call-lts.ts';
import { useEmbeddedLts } from '../support/use-gateways.ts';

const { lts, call } = useEmbeddedLts();

const WRONG_BODY = refusal(400, 'LTS.0009', 'Failed to validate the request body');
const NO_GROUP = refusal(400, 'LTS.0201', 'The log group is not existed');
const NO_STREAM = refusal(400, 'LTS.0208', 'The log stream does not existed');

test('the embedded LTS answers the documented create with 201 and only an ID', async () => {
  const answer = await call('POST', STREAMS, { log_stream_name: 'lts-stream-02kh' });
  expect(answer).toEqual({
    status: 201,
    requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
    body: { log_stream_id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
  });
});

test('the embedded LTS lists log groups and log streams with the fields of LTS', async () => {
  await call('POST', STREAMS, {
    log_stream_name: 'a',
    tags: [{ key: 'k', value: 'v' }, { key: 'e' }],
    log_stream_name_alias: 'A',
  });

  const groups = (await call('GET', GROUPS)).body.log_groups;
  const streams = (await call('GET', STREAMS)).body.log_streams;

  expect(groups).toHaveLength(2);
  expect(groups[0]).toEqual({
    creation_time: expect.any(Number),
    log_group_id: DEMO.groupId,
    log_group_name: 'web-shop',
    ttl_in_days: 30,
    tag: { _sys_enterprise_project_id: '0' },
  });
  expect(streams).toHaveLength(2);
  expect(streams[1]).toEqual({
    creation_time: expect.any(Number),
    log_stream_id: expect.any(String),
    log_stream_name: 'a',
    log_stream_name_alias: 'A',
    ttl_in_days: -1,
    filter_count: 0,
    is_favorite: false,
    whether_log_storage: true,
    tag: { _sys_enterprise_project_id: '0', k: 'v', e: '' },
  });
});

describe('the embedded LTS refuses', () => {
  const named = (fields: object) => ({ log_stream_name: 'a', ...fields });
  test.each<[string, unknown]>([
    ['a body without a name', {}],
    ['an empty name', { log_stream_name: '' }],
    ['a name of the wrong type', { log_stream_name: 7 }],
    ['a name of 65 characters', { log_stream_name: 'x'.repeat(65) }],
    ['a name that starts with a period', { log_stream_name: '.x' }],
    ['a name that ends with a period', { log_stream_name: 'x.' }],
    ['a retention of 0 days', named({ ttl_in_days: 0 })],
    ['a retention of 366 days', named({ ttl_in_days: 366 })],
    ['a retention that is a string', named({ ttl_in_days: '7' })],
    ['a retention of null', named({ ttl_in_days: null })],
    ['21 tags', named({ tags: Array.from({ length: 21 }, (_, i) => ({ key: `k${i}` })) })],
    ['a tag key that occurs twice', named({ tags: [{ key: 'k' }, { key: 'k' }] })],
    ['a system tag', named({ tags: [{ key: '_sys_k' }] })],
    ['a tag key that ends with a space', named({ tags: [{ key: 'k ' }] })],
    ['an unknown field', named({ name: 'a' })],
    ['a body that is a list', []],
    ['a request without a body', undefined],
  ])('%s with LTS.0009', async (_what, body) => {
    expect(await call('POST', STREAMS, body)).toEqual(WRONG_BODY);
  });

  test('a body that is not JSON with LTS.0007', async () => {
    expect(await call('POST', STREAMS, '{log_stream_name')).toEqual(
      refusal(400, 'LTS.0007', 'The request body format must be json'),
    );
  });

  test('a name in use in the group with LTS.0205, but accepts it in another group', async () => {
    const body = { log_stream_name: 'access' };
    expect(await call('POST', STREAMS, body)).toEqual(
      refusal(400, 'LTS.0205', 'The log stream name has been existed'),
    );
    expect((await call('POST', `${GROUPS}/${DEMO.otherGroupId}/streams`, body)).status).toBe(201);
  });

  test('the 101st log stream of a group with LTS.0206', async () => {
    for (let count = 2; count <= 100; count += 1) {
      expect((await call('POST', STREAMS, { log_stream_name: `s${count}` })).status).toBe(201);
    }
    expect(await call('POST', STREAMS, { log_stream_name: 's101' })).toEqual(
      refusal(400, 'LTS.0206', 'Failed to create log stream, the number of Log streams exceeds the quota'),
    );
  });

  test('an unknown group with LTS.0201', async () => {
    expect(await call('POST', `${GROUPS}/nope/streams`, { log_stream_name: 'a' })).toEqual(NO_GROUP);
    expect(await call('GET', `${GROUPS}/nope/streams`)).toEqual(NO_GROUP);
  });

  test('an unknown project with LTS.0001', async () => {
    expect(await call('GET', '/v2/other/groups')).toEqual(refusal(403, 'LTS.0001', 'Invalid projectId'));
  });

  test('an unknown path, such as one with a trailing slash, with APIGW.0101', async () => {
    for (const path of ['/', '/v2', `${STREAMS}/`, STREAMS.toUpperCase()]) {
      expect(await call('POST', path, { log_stream_name: 'a' })).toMatchObject({
        status: 404,
        body: { error_code: 'APIGW.0101' },
      });
    }
  });

  test('a call without a token with APIGW.0301 and the request ID in the body', async () => {
    const { status, body, requestId } = await call('GET', GROUPS, undefined, {
      'Content-Type': 'application/json',
    });
    expect(status).toBe(401);
    expect(body).toEqual({
      error_code: 'APIGW.0301',
      error_msg: 'Incorrect IAM authentication information: x-auth-token not found',
      request_id: requestId,
    });
  });

  test.each([
    ['GET', GROUPS],
    ['DELETE', `${GROUPS}/x`],
  ])('a %s without Content-Type with 415', async (method, path) => {
    expect((await call(method, path, undefined, { 'X-Auth-Token': 'any' })).status).toBe(415);
  });
});

describe('the embedded LTS answers the reserved token', () => {
  test.each([
    ['expired', 'POST', refusal(401, 'LTS.0003', 'Invalid token')],
    ['expired', 'GET', refusal(401, 'LTS.0003', 'Invalid token')],
    ['forbidden', 'POST', refusal(403, 'LTS.0001', 'Invalid projectId')],
    ['broken', 'POST', refusal(500, 'LTS.0202', 'Failed to create Log stream')],
    ['broken', 'GET', refusal(500, 'LTS.0010', 'The system encountered an internal error')],
  ])('"%s" in a %s with its error', async (token, method, expected) => {
    const body = method === 'POST' ? { log_stream_name: 'a' } : undefined;
    expect(await call(method, STREAMS, body, { ...HEADERS, 'X-Auth-Token': token })).toEqual(expected);
  });
});

describe('the embedded LTS', () => {
  test('creates, updates and deletes a log group', async () => {
    const { body } = await call('POST', GROUPS, { log_group_name: 'g', ttl_in_days: 7 });
    const path = `${GROUPS}/${body.log_group_id}`;
    expect(await call('POST', path, { ttl_in_days: 30, tags: [{ key: 'k' }] })).toMatchObject({
      status: 200,
      body: { log_group_name: 'g', log_group_id: body.log_group_id, ttl_in_days: 30 },
    });
    expect(await call('DELETE', path)).toMatchObject({ status: 204, body: null });
    expect(await call('DELETE', path)).toEqual(NO_GROUP);
    expect(await call('POST', path, { ttl_in_days: 30 })).toEqual(NO_GROUP);
  });

  test('updates a log stream, answering with the field names of an older API, and deletes it', async () => {
    const { body } = await call('POST', STREAMS, { log_stream_name: 's' });
    const path = `${STREAMS}-ttl/${body.log_stream_id}`;
    expect(await call('PUT', path, { ttl_in_days: 30, tags: [{ key: 'k' }] })).toMatchObject({
      status: 200,
      body: {
        creation_time: expect.any(Number),
        log_topic_name: 's',
        log_topic_id: body.log_stream_id,
        ttl_in_days: 30,
      },
    });
    expect(await call('DELETE', `${STREAMS}/${body.log_stream_id}`)).toMatchObject({
      status: 204,
      body: null,
    });
    expect(await call('DELETE', `${STREAMS}/${body.log_stream_id}`)).toEqual(NO_STREAM);
    expect(await call('PUT', path, { ttl_in_days: 30 })).toEqual(NO_STREAM);
  });

  test('refuses an update of a log group without a retention or with a name', async () => {
    expect(await call('POST', `${GROUPS}/${DEMO.groupId}`, {})).toEqual(WRONG_BODY);
    expect(await call('POST', `${GROUPS}/${DEMO.groupId}`, { ttl_in_days: 1, log_group_name: 'n' })).toEqual(
      WRONG_BODY,
    );
  });

  test('refuses an update with an expired token with LTS.0414', async () => {
    const expired = { ...HEADERS, 'X-Auth-Token': 'expired' };
    expect(await call('POST', `${GROUPS}/${DEMO.groupId}`, { ttl_in_days: 1 }, expired)).toEqual(
      refusal(401, 'LTS.0414', 'Invalid token'),
    );
  });

  test('refuses a group name in use with LTS.0101 and the 101st log group with LTS.0104', async () => {
    expect(await call('POST', GROUPS, { log_group_name: 'web-shop', ttl_in_days: 1 })).toEqual(
      refusal(400, 'LTS.0101', 'Failed to create log group, the group name has been existed'),
    );
    for (let count = 3; count <= 100; count += 1) {
      lts.store.addGroup({ log_group_name: `g${count}`, ttl_in_days: 1 });
    }
    expect(await call('POST', GROUPS, { log_group_name: 'g101', ttl_in_days: 1 })).toEqual(
      refusal(400, 'LTS.0104', 'Failed to create log group, the number of log groups exceeds the quota'),
    );
  });

  test('refuses to delete a log stream or log group that a log transfer uses', async () => {
    const { body } = await call('POST', STREAMS, { log_stream_name: 's' });
    lts.store.inTransfer.add(body.log_stream_id).add(DEMO.groupId);
    expect(await call('DELETE', `${STREAMS}/${body.log_stream_id}`)).toEqual(
      refusal(400, 'LTS.0207', 'Log stream is associated by transfer'),
    );
    expect(await call('DELETE', `${GROUPS}/${DEMO.groupId}`)).toEqual(
      refusal(400, 'LTS.0105', 'Log group is associated by transfer'),
    );
  });

  test('names the group of each log stream in the project-wide list', async () => {
    expect((await call('GET', ALL_STREAMS)).body.log_streams).toMatchObject([
      { log_stream_name: 'access', log_group_id: DEMO.groupId },
    ]);
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
    expect(await call('GET', `${ALL_STREAMS}?log_stream_name=`)).toEqual(WRONG_BODY);
    expect(await call('GET', `${ALL_STREAMS}?log_stream_name=a&log_stream_name=b`)).toEqual(WRONG_BODY);
  });

  test('lists whether_log_storage as the last update that has it says', async () => {
    const { body } = await call('POST', STREAMS, { log_stream_name: 's' });
    const path = `${STREAMS}-ttl/${body.log_stream_id}`;
    const stored = async () => (await call('GET', STREAMS)).body.log_streams.at(-1).whether_log_storage;
    expect(await stored()).toBe(true);
    await call('PUT', path, { ttl_in_days: 1, whether_log_storage: false });
    await call('PUT', path, { ttl_in_days: 2 });
    expect(await stored()).toBe(false);
    expect(await call('PUT', path, { ttl_in_days: 1, whether_log_storage: 'no' })).toEqual(WRONG_BODY);
  });

  test('takes a retention of -1 for log streams, and not for log groups', async () => {
    const { status, body } = await call('POST', STREAMS, { log_stream_name: 's', ttl_in_days: -1 });
    expect(status).toBe(201);
    const path = `${STREAMS}-ttl/${body.log_stream_id}`;
    await call('PUT', path, { ttl_in_days: 5 });
    expect((await call('PUT', path, { ttl_in_days: -1 })).body).toMatchObject({ ttl_in_days: -1 });
    expect((await call('GET', STREAMS)).body.log_streams.at(-1).ttl_in_days).toBe(-1);
    expect(await call('PUT', path, { ttl_in_days: -2 })).toEqual(WRONG_BODY);
    expect(await call('POST', GROUPS, { log_group_name: 'g', ttl_in_days: -1 })).toEqual(WRONG_BODY);
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
    for (const enterprise_project_name of ['my-Default', 'a b', '']) {
      expect(
        await call('POST', `${path}/streams`, { log_stream_name: 'x', enterprise_project_name }),
      ).toEqual(WRONG_BODY);
    }
  });
});
