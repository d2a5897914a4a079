import { describe, expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { ALL_STREAMS, GROUPS, HEADERS, refusal, STREAMS } from '../support/call-lts.ts';
import { useEmbeddedLts } from '../support/use-gateways.ts';

describe('the embedded LTS of edition otc', () => {
  const { call } = useEmbeddedLts({ edition: 'otc' });
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
    const path = `${STREAMS}-ttl/${DEMO.streamId}`;
    expect((await call('PUT', path, { ttl_in_days: 1 })).status).toBe(200);
    for (const wrong of [{ ttl_in_days: -1 }, { ttl_in_days: 1, whether_log_storage: true }]) {
      expect(await call('PUT', path, wrong)).toEqual(WRONG_BODY);
    }
    expect(await call('POST', STREAMS, { log_stream_name: 's', ttl_in_days: -1 })).toEqual(WRONG_BODY);
    expect(await call('POST', STREAMS, { log_stream_name: 's', tags: [{ key: 'k' }] })).toEqual(WRONG_BODY);
  });

  test.each<[string, number, string, string, string, string?]>([
    ['an unknown log stream', 400, 'LTS.0208', 'Log stream is associated by transfer', `DELETE ${STREAMS}/x`],
    ['an unknown project', 403, 'LTS.0011', 'Invalid projectId', 'GET /v2/other/groups'],
    ['"forbidden"', 403, 'LTS.0003', 'Invalid role', `GET ${GROUPS}`, 'forbidden'],
    ['"expired"', 401, 'LTS.0003', 'Invalid token', `GET ${GROUPS}`, 'expired'],
    [
      '"broken" in a list',
      400,
      'LTS.0010',
      'The system encountered an internal error',
      `GET ${GROUPS}`,
      'broken',
    ],
    [
      '"broken" in UpdateLogGroup',
      500,
      'LTS.0107',
      'Current user does not have the permission to operate this group',
      `POST ${GROUPS}/x`,
      'broken',
    ],
  ])(
    'answers %s as its list of error codes says',
    async (_what, status, code, message, request, token = 'any') => {
      const [method = '', path = ''] = request.split(' ');
      const headers = { ...HEADERS, 'X-Auth-Token': token };
      const body = method === 'POST' ? {} : undefined;
      expect(await call(method, path, body, headers)).toEqual(refusal(status, code, message));
    },
  );
});
