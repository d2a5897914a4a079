import { beforeEach, expect, test } from '@jest/globals';
import { DEMO, type StoredStream } from '../../src/embedded-lts/store.ts';
import {
  CREATE_LOG_GROUP,
  CREATE_LOG_STREAM,
  LOG_GROUPS,
  LOG_STREAMS,
  UPDATE_LOG_STREAM,
} from '../support/operations.ts';
import { useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

/** What apps see where LTS is Open Telekom Cloud's (OTC). Every other test has the LTS of Huawei Cloud. */
const IDS = { projectId: DEMO.projectId, groupId: DEMO.groupId };

const { gateway, lts } = useGatewayOnEmbeddedLts({}, { edition: 'otc' });
let stream: StoredStream;
beforeEach(() => {
  [stream] = [...lts.store.groupOf(DEMO.groupId).streams.values()] as [StoredStream];
});

const createStream = (input: object) => gateway.resultOf(CREATE_LOG_STREAM, { ...IDS, input });
const updateStream = (input: object) =>
  gateway.resultOf(UPDATE_LOG_STREAM, { ...IDS, streamId: stream.log_stream_id, input });

test('logGroups has no alias, and logStreams neither alias nor retention: OTC accepts, but does not list them', async () => {
  const given = { name: 'new', alias: 'New', ttlInDays: 9 };
  const group = await gateway.resultOf(CREATE_LOG_GROUP, { ...IDS, input: given });
  expect(group.logGroup).toMatchObject(given);
  expect((await createStream(given)).logStream).toMatchObject(given);

  const logGroups = await gateway.resultOf(LOG_GROUPS, IDS);
  const logStreams = await gateway.resultOf(LOG_STREAMS, IDS);
  expect(logGroups.at(-1)).toMatchObject({ name: 'new', alias: null, ttlInDays: 9 });
  expect(logStreams.at(-1)).toMatchObject({ name: 'new', alias: null, ttlInDays: null });
});

test('createLogStream returns the retention that was given when the reply is lost', async () => {
  lts.faults.failNext({ when: 'after', kind: 'reset', operation: 'CreateLogStream' });
  expect(await createStream({ name: 'new', ttlInDays: 3 })).toMatchObject({
    __typename: 'LogStreamCreated',
    logStream: { name: 'new', ttlInDays: 3, createdAt: expect.any(String) },
  });
});

test('createLogStream with a tag without a value returns INVALID_INPUT of OTC', async () => {
  expect(await createStream({ name: 'tagged', tags: [{ key: 'k' }] })).toMatchObject({
    code: 'LTS.0009',
    kind: 'INVALID_INPUT',
  });
});

test('updateLogStream with tags needs the retention as well, which OTC does not list', async () => {
  const tags = [{ key: 'a', value: '' }];
  expect(await updateStream({ tags })).toMatchObject({
    code: 'GATEWAY.INVALID_INPUT',
    httpStatus: null,
    isRetryable: false,
    inputErrors: [{ path: ['input', 'ttlInDays'], message: expect.stringMatching(/^LTS does not report/) }],
  });
  expect(lts.calls.get('UpdateLogStream')).toBeUndefined();
  expect(await updateStream({ tags, ttlInDays: 9 })).toMatchObject({ logStream: { ttlInDays: 9, tags } });
  expect(stream.ttl_in_days).toBe(9);
});

test('updateLogStream with followLogGroup is refused by OTC, whose retention is never that of the log group', async () => {
  expect(await updateStream({ followLogGroup: true })).toMatchObject({
    code: 'LTS.0009',
    outcome: 'NOT_APPLIED',
  });
  expect(stream.ttl_in_days).toBe(90);
});

test.each([
  ['forbidden', 'FORBIDDEN', 'LTS.0003'],
  ['expired', 'UNAUTHENTICATED', 'LTS.0003'],
  ['broken', 'INTERNAL', 'LTS.0010'], // which OTC answers with 400
])('logGroups with the token "%s" fails with %s, whatever the status of %s is', async (token, kind, code) => {
  const { errors } = await gateway.send(LOG_GROUPS, IDS, { 'x-auth-token': token });
  expect(errors[0].extensions).toMatchObject({ code: kind, ltsCode: code });
});
