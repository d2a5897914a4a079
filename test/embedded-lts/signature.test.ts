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
  /** As the SDK's ClientBuilder does. That one needs the package `uuid`, which the SDK does not depend on. */
  const connect = (ak: string, sk: string, projectId: string) =>
    new HcClient(new DefaultHttpClient({ logger: SILENT }, [lts.url]))
      .withEndpoints([lts.url])
      .withCredential(new BasicCredentials({ ak, sk, projectId }));
  /** The options are those that `services/lts/v2/LtsClient.ts` of the SDK makes. */
  const send = (
    { method, path, query = {}, body }: { method: string; path: string; query?: object; body?: object },
    {
      ak = DEMO.ak,
      sk = DEMO.sk,
      projectId = DEMO.projectId,
    }: Partial<Record<'ak' | 'sk' | 'projectId', string>> = {},
  ): Promise<any> =>
    connect(ak, sk, projectId).sendRequest({
      method,
      url: `/v2/{project_id}${path}`,
      contentType: 'application/json',
      queryParams: query as Record<string, unknown>,
      pathParams: {},
      headers: {},
      ...(body && { data: body }),
    });

  test('creates, lists, updates and deletes log groups and log streams', async () => {
    const group = await send({
      method: 'POST',
      path: '/groups',
      query: { enterprise_project_id: 'default' },
      body: { log_group_name: 'shop', ttl_in_days: 7, tags: [{ key: 'größe', value: 'a b' }] },
    });
    const streams = `/groups/${group.log_group_id}/streams`;
    const stream = await send({
      method: 'POST',
      path: streams,
      body: { log_stream_name: '订单', ttl_in_days: -1 },
    });
    const id = stream.log_stream_id;
    const update = { method: 'PUT', path: `${streams}-ttl/${id}`, body: { ttl_in_days: 3 } };
    expect(await send(update)).toMatchObject({ log_topic_id: id, ttl_in_days: 3, httpStatusCode: 200 });
    expect((await send({ method: 'GET', path: '/groups' })).log_groups).toHaveLength(3);
    const query = { log_stream_name: '订单', log_group_name: 'shop' };
    expect((await send({ method: 'GET', path: '/log-streams', query })).log_streams).toMatchObject([
      { log_stream_id: id, ttl_in_days: 3 },
    ]);
    expect(await send({ method: 'DELETE', path: `${streams}/${id}` })).toMatchObject({ httpStatusCode: 204 });
    await send({ method: 'DELETE', path: `/groups/${group.log_group_id}` });
    expect(lts.store.groups.has(group.log_group_id)).toBe(false);
  });

  test('is refused with an access key that does not exist, or a wrong secret key', async () => {
    const list = { method: 'GET', path: '/groups' };
    await expect(send(list, { ak: 'other' })).rejects.toMatchObject({
      httpStatusCode: 401,
      errorCode: 'APIGW.0301',
      errorMsg: 'Incorrect IAM authentication information: Get secretKey failed,ak:******,err:ak not exist',
    });
    await expect(send(list, { sk: 'other' })).rejects.toMatchObject({
      httpStatusCode: 401,
      errorCode: 'APIGW.0301',
      errorMsg: 'Incorrect IAM authentication information: verify aksk signature fail',
    });
  });

  test('is told that another project is invalid', async () => {
    await expect(send({ method: 'GET', path: '/groups' }, { projectId: 'other' })).rejects.toMatchObject({
      httpStatusCode: 403,
      errorCode: 'LTS.0001',
    });
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
  const post = (body: object, headers: Record<string, string>, path = STREAMS) => {
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
    expect(await post(BODY, { ...headers, 'content-type': 'application/json;charset=UTF-8' })).toMatchObject(
      WRONG,
    );
    expect((await call('GET', ALL_STREAMS)).body.log_streams).toHaveLength(1);
    expect(await post(BODY, headers)).toMatchObject({ status: 201 });
  });

  test('is refused before its body is read as JSON', async () => {
    const { host: _host, ...headers } = sign(BODY);
    expect(await call('POST', STREAMS, '{', headers)).toMatchObject(WRONG);
  });

  test('is refused without a signed date', async () => {
    const missing = refusedWith('verify aksk signature fail, X-Sdk-Date is missing or not signed');
    const headers = sign(BODY);
    const Authorization = String(headers.Authorization).replace(';x-sdk-date', '');
    expect(await post(BODY, { ...headers, Authorization })).toMatchObject(missing);
    const { 'X-Sdk-Date': _date, ...undated } = headers;
    expect((await post(BODY, undated)).status).toBe(401);
  });

  test.each([
    ['', 'Authorization cannot be read'],
    ['Access=demo-access-key', 'Authorization cannot be read'],
    [
      `Access=demo-access-key, SignedHeaders=x-sdk-date, Signature=${'0'.repeat(63)}`,
      'Authorization cannot be read',
    ],
    [
      `Access=demo-access-key, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
      'X-Sdk-Date is missing or not signed',
    ],
  ])('is refused with "Authorization: SDK-HMAC-SHA256 %s"', async (rest, what) => {
    expect(await post(BODY, { ...sign(BODY), Authorization: `SDK-HMAC-SHA256 ${rest}` })).toMatchObject(
      refusedWith(`verify aksk signature fail, ${what}`),
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

test('a call with neither token nor signature is refused, whatever else is in Authorization', async () => {
  for (const Authorization of ['Basic eA==', 'Bearer x']) {
    const { 'X-Auth-Token': _token, ...headers } = HEADERS;
    expect((await call('GET', GROUPS, undefined, { ...headers, Authorization })).body).toMatchObject({
      error_code: 'APIGW.0301',
      error_msg: 'Incorrect IAM authentication information: x-auth-token not found',
    });
  }
});
