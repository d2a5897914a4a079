import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { FAULT_KINDS } from '../../src/embedded-lts/faults.ts';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { ALL_STREAMS, GROUPS, HEADERS, STREAMS } from '../support/call-lts.ts';
import { until } from '../support/until.ts';
import { useEmbeddedLts } from '../support/use-gateways.ts';

const { lts, call } = useEmbeddedLts();

const prepare = (fault: unknown, headers = { 'Content-Type': 'application/json' }) =>
  call('POST', '/_faults', fault, headers);
const LONG_MS = 600_000;

describe('staleList', () => {
  /** For a create, unless an operation is named. */
  const STALE = { kind: 'staleList', when: 'after', ms: LONG_MS } as const;
  const isListed = async (path: string, name: string) =>
    JSON.stringify((await call('GET', path)).body).includes(name);

  test('keeps a new log stream out of all lists, while its name is taken and it can be updated and deleted', async () => {
    lts.faults.failNext(STALE);
    const { status, body } = await call('POST', STREAMS, { log_stream_name: 'new-one' });
    expect(status).toBe(201);
    expect(await isListed(STREAMS, 'new-one')).toBe(false);
    expect(await isListed(ALL_STREAMS, 'new-one')).toBe(false);
    expect(await isListed(STREAMS, 'access')).toBe(true);
    expect((await call('POST', STREAMS, { log_stream_name: 'new-one' })).body.error_code).toBe('LTS.0205');
    expect((await call('PUT', `${STREAMS}-ttl/${body.log_stream_id}`, { ttl_in_days: 1 })).status).toBe(200);
    expect((await call('DELETE', `${STREAMS}/${body.log_stream_id}`)).status).toBe(204);
  });

  test('keeps a new log group out of the list, while its name is taken', async () => {
    lts.faults.failNext({ ...STALE, operation: 'CreateLogGroup' });
    await call('POST', STREAMS, { log_stream_name: 'other' });
    expect(await isListed(STREAMS, 'other')).toBe(true);
    const create = () => call('POST', GROUPS, { log_group_name: 'new-one', ttl_in_days: 1 });
    expect((await create()).status).toBe(201);
    expect(await isListed(GROUPS, 'new-one')).toBe(false);
    expect((await create()).body.error_code).toBe('LTS.0101');
  });

  test('ends after ms milliseconds', async () => {
    lts.faults.failNext({ ...STALE, ms: 200 });
    const startedAt = performance.now();
    await call('POST', STREAMS, { log_stream_name: 'new-one' });
    await until(() => isListed(STREAMS, 'new-one'));
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(200);
  });

  test('keeps a deleted log stream in all lists, while it is gone, if the operation is named', async () => {
    const path = `${STREAMS}/${DEMO.streamId}`;
    lts.faults.failNext(STALE, { ...STALE, operation: 'DeleteLogStream' });
    expect((await call('DELETE', path)).status).toBe(204);
    expect(lts.faults.pending).toBe(1);
    expect(await isListed(STREAMS, 'access')).toBe(true);
    expect(await isListed(ALL_STREAMS, 'access')).toBe(true);
    expect((await call('DELETE', path)).body.error_code).toBe('LTS.0208');
    expect((await call('POST', STREAMS, { log_stream_name: 'access' })).status).toBe(201);
  });

  test('keeps a deleted log group in the list', async () => {
    lts.faults.failNext({ ...STALE, operation: 'DeleteLogGroup' });
    expect((await call('DELETE', `${GROUPS}/${DEMO.otherGroupId}`)).status).toBe(204);
    expect(await isListed(GROUPS, 'mobile-app')).toBe(true);
  });

  test('waits for a create that succeeds', async () => {
    lts.faults.failNext(STALE);
    await call('GET', STREAMS);
    expect(lts.faults.pending).toBe(1);
    expect((await call('POST', STREAMS, { log_stream_name: 'access' })).body.error_code).toBe('LTS.0205');
    expect(lts.faults.pending).toBe(1);
    await call('POST', STREAMS, { log_stream_name: 'new' });
    expect(lts.faults.pending).toBe(0);
    expect([await isListed(STREAMS, 'access'), await isListed(STREAMS, 'new')]).toEqual([true, false]);
  });

  test('applies to a create whose reply has a fault as well', async () => {
    lts.faults.failNext(STALE, { kind: 'gatewayTimeout', when: 'after', operation: 'CreateLogStream' });
    expect((await call('POST', STREAMS, { log_stream_name: 'new' })).status).toBe(504);
    expect(lts.store.groupOf(DEMO.groupId).streams.size).toBe(2);
    expect(await isListed(STREAMS, 'new')).toBe(false);
  });
});

test('strayReply sends another reply on the same connection', async () => {
  lts.faults.failNext({ kind: 'strayReply', when: 'after', ms: 5, operation: 'ListLogGroups' });
  const socket = connect(Number(new URL(lts.url).port), '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => (received += chunk));
  socket.write(
    `GET ${GROUPS} HTTP/1.1\r\nHost: lts\r\nX-Auth-Token: any\r\nContent-Type: application/json\r\n\r\n`,
  );
  await until(() => received.includes('"stray"'));
  socket.destroy();
  expect(received).toContain('web-shop');
  expect(received.match(/HTTP\/1.1 200 OK/g)).toHaveLength(2);
});

test('missingApi answers 404 APIGW.0101 and executes nothing', async () => {
  lts.faults.failNext({ kind: 'missingApi', when: 'before', operation: 'DeleteLogGroup' });
  const { status, body, requestId } = await call('DELETE', `${GROUPS}/${DEMO.groupId}`);
  const error_msg = 'The API does not exist or has not been published in the environment.';
  expect([status, body]).toEqual([404, { error_code: 'APIGW.0101', error_msg, request_id: requestId }]);
  expect(lts.store.groups.has(DEMO.groupId)).toBe(true);
});

describe('POST /_faults', () => {
  const RESET = { when: 'after', kind: 'reset' };
  const REFUSED = { when: 'before', kind: 'tooManyRequests' };
  const STALE = { when: 'after', kind: 'staleList', ms: 1 };
  const CREATES_AND_DELETES = 'CreateLogGroup, CreateLogStream, DeleteLogGroup, DeleteLogStream';
  test.each<[unknown, ...string[]]>([
    [{}, 'kind: must be one of delay, reset, ', 'when: must be before or after'],
    [{ when: 'after', kind: 'x' }, 'kind: must be one of '],
    [{ when: 'after', kind: '__proto__' }, 'kind: must be one of '],
    [{ when: 'now', kind: 'reset' }, 'when: must be before or after'],
    [{ when: 'after', kind: 'delay' }, 'ms: must be a whole number from 0 to 600000'],
    [{ when: 'after', kind: 'slowBody', ms: 0.5 }, 'ms: must be a whole number'],
    [{ when: 'after', kind: 'cutOff', bytes: '1' }, 'bytes: must be a whole number from 0 to 1000000'],
    [{ when: 'after', kind: 'redirect', to: 'x' }, 'to: must be an http or https URL'],
    [{ when: 'after', kind: 'redirect', to: 'http://a\r\nb: c' }, 'to: must be an http or https URL'],
    [{ ...RESET, operation: 'X' }, 'operation: must be one of ListLogGroups, '],
    [{ ...RESET, groupId: 1 }, 'groupId: must be the ID of a log group'],
    [{ ...RESET, operations: 'X' }, 'operations: is not known'],
    [{ ...RESET, ms: 1 }, 'ms: is not for this kind'],
    [{ ...RESET, retryAfter: 1 }, 'retryAfter: is not for this kind'],
    [{ ...RESET, times: 0 }, 'times: must be a whole number from 1 to 100, or left out'],
    [{ ...RESET, times: 101 }, 'times: must be a whole number from 1 to 100'],
    [{ ...RESET, times: '2' }, 'times: must be a whole number from 1 to 100'],
    [{ when: 'after', kind: 'missingApi' }, 'when: must be before'],
    [{ ...REFUSED, retryAfter: 3_601 }, 'retryAfter: must be a whole number from 0 to 3600, or left out'],
    [{ when: 'before', kind: 'incomplete' }, 'when: must be after'],
    [
      { when: 'after', kind: 'incomplete', operation: 'ListLogContext' },
      'operation: must be one of ListLogs,',
    ],
    [{ ...STALE, when: 'before' }, 'when: must be after'],
    [
      { ...STALE, operation: 'ListLogStream' },
      `operation: must be one of ${CREATES_AND_DELETES}, or left out`,
    ],
    [[], 'kind: ', 'when: '],
    ['null', 'the body must be a JSON object'],
    ['{"kind', 'the body must be a JSON object'],
    ['', 'the body must be a JSON object'],
  ])('refuses %j with the problems and all that it takes', async (fault, ...problems) => {
    const { status, body } = await prepare(fault);
    expect(status).toBe(400);
    expect(body.problems).toEqual(problems.map((start) => expect.stringContaining(start)));
    expect(Object.keys(body.takes.kind)).toEqual(Object.keys(FAULT_KINDS));
    expect(body.takes.operation).toContain('DeleteLogStream');
    expect(lts.faults.pending).toBe(0);
  });

  test('asks for the Content-Type that curl does not send by itself', async () => {
    const { status, body } = await prepare('{}', { 'Content-Type': 'application/x-www-form-urlencoded' });
    expect(status).toBe(415);
    expect(body.problems).toEqual(["the request needs the header 'Content-Type: application/json'"]);
  });

  test('takes its own example', async () => {
    const { body } = await prepare({});
    expect(await prepare(body.takes.example)).toMatchObject({ status: 202, body: { pending: 1 } });
  });

  test('refuses the 1001st pending fault', async () => {
    const fault = { kind: 'reset', when: 'before' } as const;
    lts.faults.failNext(...Array.from({ length: 990 }, () => fault));
    expect((await prepare({ ...fault, times: 11 })).status).toBe(409);
    expect((await prepare({ ...fault, times: 10 })).status).toBe(202);
    expect((await prepare(fault)).status).toBe(409);
    expect(lts.faults.pending).toBe(1_000);
  });

  test('injects a fault as many times as it says, and GET /_faults lists what is left', async () => {
    const lists = { kind: 'gatewayTimeout', when: 'before', operation: 'ListLogStream', times: 3 };
    const create = { kind: 'noContent', when: 'after', operation: 'CreateLogStream' };
    expect((await prepare(lists)).body).toEqual({ pending: 3 });
    expect((await prepare(create)).body).toEqual({ pending: 4 });
    const list = async () => (await call('GET', '/_faults', undefined, {})).body.pending;

    expect((await call('GET', STREAMS)).status).toBe(504);
    expect(await list()).toEqual([
      { ...lists, times: 2 },
      { ...create, times: 1 },
    ]);
    expect((await call('POST', STREAMS, { log_stream_name: 'a' })).status).toBe(204);
    expect([(await call('GET', STREAMS)).status, (await call('GET', STREAMS)).status]).toEqual([504, 504]);
    expect((await call('GET', STREAMS)).status).toBe(200);
    expect(await list()).toEqual([]);
  });
});

test('tooManyRequests has the Retry-After that it says, or none', async () => {
  const retryAfter = async () => {
    const response = await fetch(`${lts.url}${GROUPS}`, { headers: HEADERS });
    expect(response.status).toBe(429);
    await response.text();
    return response.headers.get('retry-after');
  };
  await prepare({ kind: 'tooManyRequests', when: 'before', retryAfter: 7 });
  await prepare({ kind: 'tooManyRequests', when: 'before', retryAfter: 0 });
  await prepare({ kind: 'tooManyRequests', when: 'before' });
  expect([await retryAfter(), await retryAfter(), await retryAfter()]).toEqual(['7', '0', null]);
});

describe('incomplete', () => {
  const query = (limit: number) => {
    const body = { start_time: Date.now() - 7 * 86_400_000, end_time: Date.now(), limit, is_count: true };
    return call('POST', `${STREAMS}/${DEMO.streamId}/content/query`, body);
  };

  test.each([
    [5, 2],
    [1, 0],
  ])('answers a ListLogs of %d logs with the first %d, and waits for one', async (limit, rest) => {
    lts.store.isGrowing = false;
    lts.faults.failNext({ kind: 'incomplete', when: 'after' });
    expect((await call('GET', STREAMS)).status).toBe(200);
    expect(lts.faults.pending).toBe(1);
    const { status, body } = await query(limit);
    const whole = (await query(limit)).body;
    expect(status).toBe(200);
    expect(body).toEqual({
      count: 400,
      logs: whole.logs.slice(0, rest),
      isQueryComplete: false,
      scrollId: expect.stringMatching(/./),
    });
    expect(whole.logs).toHaveLength(limit);
    expect(whole).not.toHaveProperty('scrollId');
  });

  test('gives no scrollId in the edition otc, whose ListLogs takes none', async () => {
    lts.store.edition = 'otc';
    lts.faults.failNext({ kind: 'incomplete', when: 'after' });
    const { body } = await query(2);
    expect(body).toMatchObject({ isQueryComplete: false, logs: [{}] });
    expect(body).not.toHaveProperty('scrollId');
  });

  test('leaves an error as it is', async () => {
    lts.faults.failNext({ kind: 'incomplete', when: 'after' });
    const path = `${STREAMS}/nope/content/query`;
    const { status, body } = await call('POST', path, { start_time: 1, end_time: 2 });
    expect([status, body.error_code]).toEqual([400, 'LTS.0208']);
    expect(lts.faults.pending).toBe(0);
  });
});

describe.each([{}, { 'Content-Type': 'application/json' }])('with the headers %j', (headers) => {
  test('POST /_reset restores the data and removes the faults', async () => {
    await call('DELETE', `${GROUPS}/${DEMO.groupId}`);
    lts.faults.failNext({ kind: 'reset', when: 'before' });
    expect(await call('POST', '/_reset', undefined, headers)).toMatchObject({ status: 204 });
    expect(lts.faults.pending).toBe(0);
    expect([...lts.store.groupOf(DEMO.groupId).streams.keys()]).toEqual([DEMO.streamId]);
    expect(lts.store.logsOf(DEMO.streamId).length).toBeGreaterThanOrEqual(400);
  });

  test('DELETE /_faults removes the pending faults', async () => {
    lts.faults.failNext({ kind: 'reset', when: 'before' });
    expect(await call('DELETE', '/_faults', undefined, headers)).toMatchObject({ status: 204 });
    expect(lts.faults.pending).toBe(0);
  });
});

test('docs/embedded-lts.md has a curl that works for every kind of fault', async () => {
  const page = readFileSync('docs/embedded-lts.md', 'utf8');
  const faults = [...page.matchAll(/\/_faults .*-d '(.*)'/g)].map(([, json = '']) => json);
  for (const fault of faults) expect([fault, (await prepare(fault)).status]).toEqual([fault, 202]);
  expect([...new Set(faults.map((fault) => JSON.parse(fault).kind))].sort()).toEqual(
    Object.keys(FAULT_KINDS).sort(),
  );
});
