import { describe, expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { DELETE_LOG_GROUP, DELETE_LOG_STREAM } from '../support/operations.ts';
import { hangUp, replyToWrites, replyWith } from '../support/scripted-server.ts';
import { useGateway, useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const { projectId, groupId } = DEMO;

const { gateway: onScripted, scripted } = useGateway();
const { gateway, lts } = useGatewayOnEmbeddedLts();

const deleteStream = (streamId: string) =>
  gateway.resultOf(DELETE_LOG_STREAM, { projectId, groupId, streamId });
const deleteGroup = (id: string) => gateway.resultOf(DELETE_LOG_GROUP, { projectId, groupId: id });

test('deleteLogStream and deleteLogGroup return the ID that they deleted, then NOT_FOUND', async () => {
  const id = DEMO.streamId;
  expect(await deleteStream(id)).toEqual({ __typename: 'LogStreamDeleted', logStreamId: id });
  expect(await deleteStream(id)).toMatchObject({ code: 'LTS.0208', kind: 'NOT_FOUND' });
  expect(await deleteGroup(groupId)).toEqual({ __typename: 'LogGroupDeleted', logGroupId: groupId });
  expect(await deleteGroup(groupId)).toMatchObject({ code: 'LTS.0201', kind: 'NOT_FOUND' });
  expect(lts.store.groups.has(groupId)).toBe(false);
});

test('deleteLogStream and deleteLogGroup return IN_USE when a log transfer uses the log stream or log group', async () => {
  lts.store.inTransfer.add(groupId).add(DEMO.streamId);
  expect(await deleteStream(DEMO.streamId)).toMatchObject({ code: 'LTS.0207', kind: 'IN_USE' });
  expect(await deleteGroup(groupId)).toMatchObject({ code: 'LTS.0105', kind: 'IN_USE' });
});

test('deleteLogStream and deleteLogGroup succeed when the reply is lost and the list no longer has the ID', async () => {
  lts.faults.failNext(
    { when: 'after', kind: 'reset', operation: 'DeleteLogStream' },
    { when: 'after', kind: 'badGateway', operation: 'DeleteLogGroup' },
  );
  expect(await deleteStream(DEMO.streamId)).toMatchObject({ __typename: 'LogStreamDeleted' });
  expect(await deleteGroup(groupId)).toMatchObject({ __typename: 'LogGroupDeleted' });
  expect(lts.calls.get('DeleteLogStream')).toBe(1);
});

test('deleteLogStream succeeds when the reply is lost and the log group no longer exists', async () => {
  lts.store.groups.delete(groupId);
  lts.faults.failNext({ when: 'before', kind: 'reset', operation: 'DeleteLogStream' });
  expect(await deleteStream(DEMO.streamId)).toMatchObject({ __typename: 'LogStreamDeleted' });
});

test('deleteLogStream fails as retryable when the reply is lost and the list has the ID or cannot be read', async () => {
  const failed = { code: 'GATEWAY.UNREACHABLE', isRetryable: true };
  lts.faults.failNext({ when: 'before', kind: 'reset', operation: 'DeleteLogStream' });
  expect(await deleteStream(DEMO.streamId)).toMatchObject(failed);
  lts.faults.failNext(
    { when: 'after', kind: 'reset', operation: 'DeleteLogStream' },
    { when: 'before', kind: 'badGateway', operation: 'ListLogStream' },
  );
  expect(await deleteStream(DEMO.streamId)).toMatchObject(failed);
});

const IDS = { projectId: 'p', groupId: 'g', streamId: 's' };

describe.each([
  ['deleteLogStream', DELETE_LOG_STREAM],
  ['deleteLogGroup', DELETE_LOG_GROUP],
])('%s', (_operation, document) => {
  test.each([
    ['of API Gateway', { error_code: 'APIGW.0101', error_msg: 'no such API' }],
    ['of API Gateway, with its other prefix', { error_code: 'APIG.0101', error_msg: 'no such API' }],
    ['without an error code', {}],
  ])('fails as retryable when the reply is lost and the list is answered with a 404 %s', async (_, body) => {
    scripted.answer = replyToWrites(hangUp, replyWith(404, body));
    expect(await onScripted.resultOf(document, IDS)).toMatchObject({
      code: 'GATEWAY.UNREACHABLE',
      isRetryable: true,
    });
  });
});

test('deleteLogStream and deleteLogGroup send the documented DELETE without a body', async () => {
  scripted.answer = replyWith(200, {});
  await onScripted.send(DELETE_LOG_STREAM, IDS);
  await onScripted.send(DELETE_LOG_GROUP, IDS);
  expect(scripted.received).toMatchObject([
    { method: 'DELETE', path: '/v2/p/groups/g/streams/s', body: '' },
    { method: 'DELETE', path: '/v2/p/groups/g', body: '' },
  ]);
});
