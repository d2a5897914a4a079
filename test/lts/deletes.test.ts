import { beforeEach, expect, test } from '@jest/globals';
import { DEMO, type StoredStream } from '../../src/embedded-lts/store.ts';
import { DELETE_LOG_GROUP, DELETE_LOG_STREAM } from '../support/operations.ts';
import { replyWith } from '../support/scripted-server.ts';
import { useGateway, useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const { projectId, groupId } = DEMO;

const { gateway: onScripted, scripted } = useGateway();
const { gateway, lts } = useGatewayOnEmbeddedLts();
let stream: StoredStream;
beforeEach(() => {
  [stream] = [...lts.store.groupOf(groupId).streams.values()] as [StoredStream];
});

const deleteStream = async (streamId: string) =>
  (await gateway.send(DELETE_LOG_STREAM, { projectId, groupId, streamId })).data.deleteLogStream;
const deleteGroup = async (id: string) =>
  (await gateway.send(DELETE_LOG_GROUP, { projectId, groupId: id })).data.deleteLogGroup;

test('deleteLogStream and deleteLogGroup return the ID that they deleted, then NOT_FOUND', async () => {
  const id = stream.log_stream_id;
  expect(await deleteStream(id)).toEqual({ __typename: 'LogStreamDeleted', logStreamId: id });
  expect(await deleteStream(id)).toMatchObject({ code: 'LTS.0208', kind: 'NOT_FOUND' });
  expect(await deleteGroup(groupId)).toEqual({ __typename: 'LogGroupDeleted', logGroupId: groupId });
  expect(await deleteGroup(groupId)).toMatchObject({ code: 'LTS.0201', kind: 'NOT_FOUND' });
  expect(lts.store.groups.has(groupId)).toBe(false);
});

test('deleteLogStream and deleteLogGroup return IN_USE when a log transfer uses the log stream or log group', async () => {
  lts.store.inTransfer.add(groupId).add(stream.log_stream_id);
  expect(await deleteStream(stream.log_stream_id)).toMatchObject({ code: 'LTS.0207', kind: 'IN_USE' });
  expect(await deleteGroup(groupId)).toMatchObject({ code: 'LTS.0105', kind: 'IN_USE' });
});

test('deleteLogStream and deleteLogGroup succeed when the reply is lost and the list no longer has the ID', async () => {
  lts.faults.failNext(
    { when: 'after', kind: 'reset', operation: 'DeleteLogStream' },
    { when: 'after', kind: 'badGateway', operation: 'DeleteLogGroup' },
  );
  expect(await deleteStream(stream.log_stream_id)).toMatchObject({ __typename: 'LogStreamDeleted' });
  expect(await deleteGroup(groupId)).toMatchObject({ __typename: 'LogGroupDeleted' });
  expect(lts.calls.get('DeleteLogStream')).toBe(1);
});

test('deleteLogStream succeeds when the reply is lost and the log group no longer exists', async () => {
  lts.store.groups.delete(groupId);
  lts.faults.failNext({ when: 'before', kind: 'reset', operation: 'DeleteLogStream' });
  expect(await deleteStream(stream.log_stream_id)).toMatchObject({ __typename: 'LogStreamDeleted' });
});

test('deleteLogStream fails as retryable when the reply is lost and the list has the ID or cannot be read', async () => {
  const failed = { code: 'GATEWAY.UNREACHABLE', isRetryable: true };
  lts.faults.failNext({ when: 'before', kind: 'reset', operation: 'DeleteLogStream' });
  expect(await deleteStream(stream.log_stream_id)).toMatchObject(failed);
  lts.faults.failNext(
    { when: 'after', kind: 'reset', operation: 'DeleteLogStream' },
    { when: 'before', kind: 'badGateway', operation: 'ListLogStream' },
  );
  expect(await deleteStream(stream.log_stream_id)).toMatchObject(failed);
});

test.each<[string, string, string, object]>([
  [
    'deleteLogStream',
    'a 404 of the API gateway',
    DELETE_LOG_STREAM,
    { error_code: 'APIGW.0101', error_msg: 'no such API' },
  ],
  [
    'deleteLogGroup',
    'a 404 of the API gateway',
    DELETE_LOG_GROUP,
    { error_code: 'APIG.0101', error_msg: 'no such API' },
  ],
  ['deleteLogStream', 'a 404 without an error code', DELETE_LOG_STREAM, {}],
  ['deleteLogGroup', 'a 404 without an error code', DELETE_LOG_GROUP, {}],
])(
  '%s fails as retryable when the reply is lost and the list is answered with %s',
  async (operation, _reply, query, body) => {
    scripted.answer = (request, response, sent) => {
      if (request.method === 'DELETE') return request.socket.destroy();
      replyWith(404, body)(request, response, sent);
    };
    const { data } = await onScripted.send(query, { projectId: 'p', groupId: 'g', streamId: 's' });
    expect(data[operation]).toMatchObject({ code: 'GATEWAY.UNREACHABLE', isRetryable: true });
  },
);

test('deleteLogStream and deleteLogGroup send the documented DELETE without a body', async () => {
  scripted.answer = replyWith(200, {});
  const ids = { projectId: 'p', groupId: 'g', streamId: 's' };
  await onScripted.send(DELETE_LOG_STREAM, ids);
  await onScripted.send(DELETE_LOG_GROUP, ids);
  const headers = { 'content-type': 'application/json;charset=UTF-8' };
  expect(scripted.received).toMatchObject([
    { method: 'DELETE', path: '/v2/p/groups/g/streams/s', headers, body: '' },
    { method: 'DELETE', path: '/v2/p/groups/g', headers, body: '' },
  ]);
});
