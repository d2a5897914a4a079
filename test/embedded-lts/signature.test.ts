import { BasicCredentials } from '@huaweicloud/huaweicloud-sdk-core';
import { AKSKSigner } from '@huaweicloud/huaweicloud-sdk-core/auth/AKSKSigner.js';
import { HcClient } from '@huaweicloud/huaweicloud-sdk-core/HcClient.js';
import { DefaultHttpClient } from '@huaweicloud/huaweicloud-sdk-core/http/DefaultHttpClient.js';
import type { Logger } from '@huaweicloud/huaweicloud-sdk-core/logger/index.js';
import { describe, expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { ALL_STREAMS, GROUPS, HEADERS, STREAMS } from '../support/call-lts.ts';
import { useEmbeddedLts } from '../support/use-gateways.ts';

/** The SDK logs every refusal. */
const SILENT = { debug() {}, error() {} } as unknown as Logger;

const { lts, call } = useEmbeddedLts();

describe("Huawei Cloud's SDK with an access key", () => {
  /**
   * Sends a request as the SDK's ClientBuilder does, which needs the package `uuid` that the SDK does not depend on. The
   * options are those that `services/lts/v2/LtsClient.ts` of the SDK makes.
   */
  const send = (
    method: string,
    path: string,
    { query = {}, data }: { query?: Record<string, string>; data?: object } = {},
    credentials: Partial<Record<'ak' | 'sk' | 'projectId', string>> = {},
  ): Promise<any> =>
    new HcClient(new DefaultHttpClient({ logger: SILENT }, [lts.url]))
      .withEndpoints([lts.url])
      .withCredential(
        new BasicCredentials({ ak: DEMO.ak, sk: DEMO.sk, projectId: DEMO.projectId, ...credentials }),
      )
      .sendRequest({
        method,
        url: `/v2/{project_id}${path}`,
        contentType: 'application/json',
        queryParams: query,
        pathParams: {},
        headers: {},
        ...(data && { data }),
      });

  test('creates, lists, updates and deletes log groups and log streams', async () => {
    const tags = [{ key: 'größe', value: 'a b' }];
    const { log_group_id } = await send('POST', '/groups', {
      query: { enterprise_project_id: 'default' },
      data: { log_group_name: 'shop', ttl_in_days: 7, tags },
    });
    const streams = `/groups/${log_group_id}/streams`;
    const data = { log_stream_name: '订单', ttl_in_days: -1 };
    const { log_stream_id: id } = await send('POST', streams, { data });
    const updated = await send('PUT', `${streams}-ttl/${id}`, { data: { ttl_in_days: 3 } });
    expect(updated).toMatchObject({ log_topic_id: id, ttl_in_days: 3, httpStatusCode: 200 });
    expect((await send('GET', '/groups')).log_groups).toHaveLength(3);
    const query = { log_stream_name: '订单', log_group_name: 'shop' };
    expect((await send('GET', '/log-streams', { query })).log_streams).toMatchObject([
      { log_stream_id: id, ttl_in_days: 3 },
    ]);
    expect(await send('DELETE', `${streams}/${id}`)).toMatchObject({ httpStatusCode: 204 });
    await send('DELETE', `/groups/${log_group_id}`);
    expect(lts.store.groups.has(log_group_id)).toBe(false);
  });

  test.each([
    [
      'an access key that does not exist',
      { ak: 'other' },
      'Incorrect IAM authentication information: Get secretKey failed,ak:******,err:ak not exist',
    ],
    [
      'a wrong secret key',
      { sk: 'other' },
      'Incorrect IAM authentication information: verify aksk signature fail',
    ],
  ])('is refused with %s', async (_what, credentials, errorMsg) => {
    await expect(send('GET', '/groups', {}, credentials)).rejects.toMatchObject({
      httpStatusCode: 401,
      errorCode: 'APIGW.0301',
      errorMsg,
    });
  });

  test('is told that another project is invalid', async () => {
    const refused = { httpStatusCode: 403, errorCode: 'LTS.0001' };
    await expect(send('GET', '/groups', {}, { projectId: 'other' })).rejects.toMatchObject(refused);
  });
});

describe('a signed request', () => {
  /** The time of `X-Sdk-Date`, so many minutes from now. */
  const dateIn = (minutes: number) =>
    new Date(Date.now() + minutes * 60_000).toISOString().replace(/[-:]|\.\d+/g, '');
  const sign = (body: object, date = dateIn(0)) =>
    AKSKSigner.sign(
      {
        endpoint: `${lts.url}${STREAMS}`,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'X-Sdk-Date': date },
        data: body,
      } as unknown as Parameters<typeof AKSKSigner.sign>[0],
      new BasicCredentials({ ak: DEMO.ak, sk: DEMO.sk }),
    ) as Record<string, string>;
  const post = (body: unknown, headers: Record<string, string>, path = STREAMS) => {
    const { host: _host, ...sent } = headers; // `fetch` sets it
    return call('POST', path, body, sent);
  };
  const BODY = { log_stream_name: 'signed' };
  const refusedWith = (what: string) => ({
    status: 401,
    body: { error_code: 'APIGW.0301', error_msg: `Incorrect IAM authentication information: ${what}` },
  });
  const WRONG = refusedWith('verify aksk signature fail');

  test('is accepted with a date up to 15 minutes off, and refused beyond', async () => {
    expect(await post(BODY, sign(BODY, dateIn(-14)))).toMatchObject({ status: 201 });
    const skewed = refusedWith(
      'verify aksk signature fail, X-Sdk-Date is not within 15 minutes of the time here',
    );
    for (const minutes of [-16, 16]) {
      expect(await post(BODY, sign(BODY, dateIn(minutes)))).toMatchObject(skewed);
    }
    expect(await post(BODY, { ...sign(BODY), 'X-Sdk-Date': 'today' })).toMatchObject(skewed);
  });

  test('is refused when its body, path, query or a signed header is not what was signed', async () => {
    const headers = sign(BODY);
    expect(await post({ log_stream_name: 'forged' }, headers)).toMatchObject(WRONG);
    expect(await post(BODY, headers, `${GROUPS}/${DEMO.otherGroupId}/streams`)).toMatchObject(WRONG);
    expect(await post(BODY, headers, `${STREAMS}?a=b`)).toMatchObject(WRONG);
    const otherType = { ...headers, 'content-type': 'application/json;charset=UTF-8' };
    expect(await post(BODY, otherType)).toMatchObject(WRONG);
    expect((await call('GET', ALL_STREAMS)).body.log_streams).toHaveLength(1);
    expect(await post(BODY, headers)).toMatchObject({ status: 201 });
  });

  test('is refused before its body is read as JSON', async () => {
    expect(await post('{', sign(BODY))).toMatchObject(WRONG);
  });

  test('is refused without a date, or with one that is not signed', async () => {
    const { 'X-Sdk-Date': _date, ...undated } = sign(BODY);
    expect((await post(BODY, undated)).status).toBe(401);
    const Authorization = String(undated.Authorization).replace(';x-sdk-date', '');
    expect(await post(BODY, { ...sign(BODY), Authorization })).toMatchObject(
      refusedWith('verify aksk signature fail, X-Sdk-Date is missing or not signed'),
    );
  });

  test.each([
    '',
    'Access=demo-access-key',
    `Access=demo-access-key, SignedHeaders=x-sdk-date, Signature=${'0'.repeat(63)}`,
  ])('is refused with "Authorization: SDK-HMAC-SHA256 %s"', async (rest) => {
    expect(await post(BODY, { ...sign(BODY), Authorization: `SDK-HMAC-SHA256 ${rest}` })).toMatchObject(
      refusedWith('verify aksk signature fail, Authorization cannot be read'),
    );
  });

  test('is refused when it names one long header thousands of times, and not hashed over 900 MB', async () => {
    const names = Array.from({ length: 15_000 }, () => 'x').join(';');
    const headers = {
      ...sign(BODY),
      x: 'x'.repeat(60_000),
      Authorization: `SDK-HMAC-SHA256 Access=${DEMO.ak}, SignedHeaders=x-sdk-date;${names}, Signature=${'0'.repeat(64)}`,
    };
    expect(await post(BODY, headers)).toMatchObject(WRONG);
  });
});

test.each([{}, { Authorization: 'Basic eA==' }, { Authorization: 'Bearer x' }])(
  'a call with neither token nor signature is refused, with the request ID in the body (headers: %j)',
  async (headers) => {
    const { 'X-Auth-Token': _token, ...others } = HEADERS;
    const { status, body, requestId } = await call('GET', GROUPS, undefined, { ...others, ...headers });
    expect(status).toBe(401);
    expect(body).toEqual({
      error_code: 'APIGW.0301',
      error_msg: 'Incorrect IAM authentication information: x-auth-token not found',
      request_id: requestId,
    });
  },
);
