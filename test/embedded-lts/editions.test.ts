import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type EmbeddedLts, startEmbeddedLts } from '../../src/embedded-lts/embedded-lts.ts';
import { ALL_STREAMS, callLts, GROUPS, HEADERS, refusal, STREAMS } from '../support/call-lts.ts';

describe('the embedded LTS of edition otc', () => {
  let lts: EmbeddedLts;
  beforeAll(async () => {
    lts = await startEmbeddedLts({ edition: 'otc' });
  });
  beforeEach(() => lts.store.reset());
  afterAll(() => lts.close());

  const call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
    callLts(lts.url, method, path, body, headers);
  const WRONG_BODY = refusal(400, 'LTS.0009', 'Failed to validate the request body.');

  test('accepts aliases and retentions, and lists the properties of its pages alone', async () => {
    const group = await call('POST', GROUPS, {
      log_group_name: 'g',
      log_group_name_alias: 'G',
      ttl_in_days: 1,
    });
    const streams = `${GROUPS}/${group.body.log_group_id}/streams`;
    const stream = await call('POST', streams, {
      log_stream_name: 's',
      log_stream_name_alias: 'S',
      ttl_in_days: 9,
      tags: [{ key: 'k', value: '' }],
    });
    expect([group.status, stream.status]).toEqual([201, 201]);

    const listed = {
      creation_time: expect.any(Number),
      log_stream_id: stream.body.log_stream_id,
      log_stream_name: 's',
      tag: { _sys_enterprise_project_id: '0', k: '' },
      filter_count: 0,
    };
    expect((await call('GET', streams)).body.log_streams).toEqual([{ ...listed, is_favorite: false }]);
    expect((await call('GET', `${ALL_STREAMS}?log_stream_name=s`)).body.log_streams).toEqual([listed]);
    expect((await call('GET', GROUPS)).body.log_groups.at(-1)).toEqual({
      creation_time: expect.any(Number),
      log_group_id: group.body.log_group_id,
      log_group_name: 'g',
      ttl_in_days: 1,
      tag: { _sys_enterprise_project_id: '0' },
    });
  });

  test('refuses an inherited retention, whether_log_storage and tags without a value', async () => {
    const path = `${STREAMS}-ttl/${[...lts.store.groups.values()][0]?.streams.keys().next().value}`;
    expect((await call('PUT', path, { ttl_in_days: 1 })).status).toBe(200);
    for (const wrong of [{ ttl_in_days: -1 }, { ttl_in_days: 1, whether_log_storage: true }]) {
      expect(await call('PUT', path, wrong)).toEqual(WRONG_BODY);
    }
    expect(await call('POST', STREAMS, { log_stream_name: 's', ttl_in_days: -1 })).toEqual(WRONG_BODY);
    expect(await call('POST', STREAMS, { log_stream_name: 's', tags: [{ key: 'k' }] })).toEqual(WRONG_BODY);
  });

  test.each([
    [
      'an unknown log stream',
      'any',
      'DELETE',
      `${STREAMS}/x`,
      400,
      'LTS.0208',
      'Log stream is associated by transfer',
    ],
    ['an unknown project', 'any', 'GET', '/v2/other/groups', 403, 'LTS.0011', 'Invalid projectId'],
    ['"forbidden"', 'forbidden', 'GET', GROUPS, 403, 'LTS.0003', 'Invalid role'],
    ['"expired"', 'expired', 'GET', GROUPS, 401, 'LTS.0003', 'Invalid token'],
    [
      '"broken" in a list',
      'broken',
      'GET',
      GROUPS,
      400,
      'LTS.0010',
      'The system encountered an internal error',
    ],
    [
      '"broken" in UpdateLogGroup',
      'broken',
      'POST',
      `${GROUPS}/x`,
      500,
      'LTS.0107',
      'Current user does not have the permission to operate this group',
    ],
  ])(
    'answers %s as its list of error codes says',
    async (_what, token, method, path, status, code, message) => {
      const headers = { ...HEADERS, 'X-Auth-Token': token };
      expect(await call(method, path, method === 'POST' ? {} : undefined, headers)).toEqual(
        refusal(status, code, message),
      );
    },
  );
});
