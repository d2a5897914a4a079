import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type EmbeddedLts, startEmbeddedLts } from '../src/embedded-lts/embedded-lts.ts';
import { FAULT_KINDS } from '../src/embedded-lts/fault-kinds.ts';
import { DEMO } from '../src/embedded-lts/store.ts';
import { ALL_STREAMS, callLts, GROUPS, STREAMS } from './support/call-lts.ts';
import { until } from './support/until.ts';

let lts: EmbeddedLts;
beforeAll(async () => {
  lts = await startEmbeddedLts();
});
beforeEach(() => {
  lts.store.reset();
  lts.faults.clear();
});
afterAll(() => lts.close());

const call = (method: string, path: string, body?: unknown) => callLts(lts.url, method, path, body);
const prepare = (fault: unknown, headers = { 'Content-Type': 'application/json' }) =>
  callLts(lts.url, 'POST', '/_faults', fault, headers);
const LONG_MS = 600_000;

describe('staleList', () => {
  const isListed = async (path: string, name: string) =>
    JSON.stringify((await call('GET', path)).body).includes(name);

  test('keeps a new log stream out of all lists, while its name is taken and it can be updated and deleted', async () => {
    lts.faults.failNext({ kind: 'staleList', when: 'after', ms: LONG_MS });
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
    lts.faults.failNext({ kind: 'staleList', when: 'after', ms: LONG_MS, operation: 'CreateLogGroup' });
    await call('POST', STREAMS, { log_stream_name: 'other' });
    expect(await isListed(STREAMS, 'other')).toBe(true);
    await call('POST', GROUPS, { log_group_name: 'new-one', ttl_in_days: 1 });
    expect(await isListed(GROUPS, 'new-one')).toBe(false);
    expect((await call('POST', GROUPS, { log_group_name: 'new-one', ttl_in_days: 1 })).body.error_code).toBe(
      'LTS.0101',
    );
  });

  test('ends after ms milliseconds', async () => {
    lts.faults.failNext({ kind: 'staleList', when: 'after', ms: 200 });
    const startedAt = performance.now();
    await call('POST', STREAMS, { log_stream_name: 'new-one' });
    await until(() => isListed(STREAMS, 'new-one'));
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(200);
  });

  test('waits for a create that succeeds', async () => {
    lts.faults.failNext({ kind: 'staleList', when: 'after', ms: LONG_MS });
    await call('GET', STREAMS);
    expect(lts.faults.pending).toBe(1);
    expect((await call('POST', STREAMS, { log_stream_name: 'access' })).body.error_code).toBe('LTS.0205');
    expect(lts.faults.pending).toBe(1);
    await call('POST', STREAMS, { log_stream_name: 'new' });
    expect(lts.faults.pending).toBe(0);
    expect([await isListed(STREAMS, 'access'), await isListed(STREAMS, 'new')]).toEqual([true, false]);
  });

  test('applies to a create whose reply has a fault as well', async () => {
    lts.faults.failNext(
      { kind: 'staleList', when: 'after', ms: LONG_MS },
      { kind: 'gatewayTimeout', when: 'after', operation: 'CreateLogStream' },
    );
    expect((await call('POST', STREAMS, { log_stream_name: 'new' })).status).toBe(504);
    expect(lts.store.groupOf(DEMO.groupId).streams.size).toBe(2);
    expect(await isListed(STREAMS, 'new')).toBe(false);
  });
});

test('missingApi answers 404 APIGW.0101 and executes nothing', async () => {
  lts.faults.failNext({ kind: 'missingApi', when: 'before', operation: 'DeleteLogGroup' });
  const { status, body, requestId } = await call('DELETE', `${GROUPS}/${DEMO.groupId}`);
  expect(status).toBe(404);
  expect(body).toEqual({
    error_code: 'APIGW.0101',
    error_msg: 'The API does not exist or has not been published in the environment.',
    request_id: requestId,
  });
  expect(lts.store.groups.has(DEMO.groupId)).toBe(true);
});

describe('POST /_faults', () => {
  test.each<[unknown, string[]]>([
    [{}, ['kind: must be one of delay, reset, ', 'when: must be before or after']],
    [{ when: 'after', kind: 'x' }, ['kind: must be one of ']],
    [{ when: 'after', kind: '__proto__' }, ['kind: must be one of ']],
    [{ when: 'now', kind: 'reset' }, ['when: must be before or after']],
    [{ when: 'after', kind: 'delay' }, ['ms: must be a whole number from 0 to 600000']],
    [{ when: 'after', kind: 'slowBody', ms: 0.5 }, ['ms: must be a whole number']],
    [{ when: 'after', kind: 'cutOff', bytes: '1' }, ['bytes: must be a whole number from 0 to 1000000']],
    [{ when: 'after', kind: 'redirect', to: 'x' }, ['to: must be an http or https URL']],
    [{ when: 'after', kind: 'redirect', to: 'http://a\r\nb: c' }, ['to: must be an http or https URL']],
    [{ when: 'after', kind: 'reset', operation: 'X' }, ['operation: must be one of ListLogGroups, ']],
    [{ when: 'after', kind: 'reset', groupId: 1 }, ['groupId: must be the ID of a log group']],
    [{ when: 'after', kind: 'reset', operations: 'X' }, ['operations: is not known']],
    [{ when: 'after', kind: 'missingApi' }, ['when: must be before']],
    [{ when: 'before', kind: 'staleList', ms: 1 }, ['when: must be after']],
    [
      { when: 'after', kind: 'staleList', ms: 1, operation: 'ListLogStream' },
      ['operation: must be one of CreateLogGroup, CreateLogStream, or left out'],
    ],
    [[], ['kind: ', 'when: ']],
    ['null', ['the body must be a JSON object']],
    ['{"kind', ['the body must be a JSON object']],
    ['', ['the body must be a JSON object']],
  ])('refuses %j with the problems and all that it takes', async (fault, problems) => {
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
    lts.faults.failNext(...Array.from({ length: 1_000 }, () => fault));
    expect((await prepare(fault)).status).toBe(409);
    expect(lts.faults.pending).toBe(1_000);
  });
});

test.each([{}, { 'Content-Type': 'application/json' }])(
  'DELETE /_faults removes the pending faults, with the headers %j',
  async (headers) => {
    lts.faults.failNext({ kind: 'reset', when: 'before' });
    expect(await callLts(lts.url, 'DELETE', '/_faults', undefined, headers)).toMatchObject({ status: 204 });
    expect(lts.faults.pending).toBe(0);
  },
);

test('docs/embedded-lts.md has a curl that works for every kind of fault', async () => {
  const page = readFileSync('docs/embedded-lts.md', 'utf8');
  const faults = [...page.matchAll(/\/_faults .*-d '(.*)'/g)].map(([, json = '']) => json);
  for (const fault of faults) expect([fault, (await prepare(fault)).status]).toEqual([fault, 202]);
  expect([...new Set(faults.map((fault) => JSON.parse(fault).kind))].sort()).toEqual(
    Object.keys(FAULT_KINDS).sort(),
  );
});
