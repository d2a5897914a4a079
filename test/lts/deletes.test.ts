import { describe, expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { DELETE_LOG_GROUP, DELETE_LOG_STREAM } from '../support/operations.ts';
import {
  type Answer,
  answerWith,
  failWith,
  hangUp,
  listedGroup,
  listedStream,
  listing,
  replyToWrites,
  replyWith,
} from '../support/scripted-server.ts';
import { useGateway, useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const IDS = { projectId: 'p', groupId: 'g', streamId: 's' };

const settleTimes = { missingAfterMs: 60, lastListMs: 500 };
const { gateway: onScripted, scripted } = useGateway({ settleTimes });
const { gateway, lts } = useGatewayOnEmbeddedLts();

test('deleteLogStream and deleteLogGroup return the ID that they deleted, then NOT_FOUND', async () => {
  const { projectId, groupId, streamId } = DEMO;
  const deleteStream = () => gateway.resultOf(DELETE_LOG_STREAM, { projectId, groupId, streamId });
  const deleteGroup = () => gateway.resultOf(DELETE_LOG_GROUP, { projectId, groupId });
  expect(await deleteStream()).toEqual({ __typename: 'LogStreamDeleted', logStreamId: streamId });
  expect(await deleteStream()).toMatchObject({ code: 'LTS.0208', kind: 'NOT_FOUND' });
  expect(await deleteGroup()).toEqual({ __typename: 'LogGroupDeleted', logGroupId: groupId });
  expect(await deleteGroup()).toMatchObject({ code: 'LTS.0201', kind: 'NOT_FOUND' });
  expect(lts.store.groups.has(groupId)).toBe(false);
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

describe.each([
  ['deleteLogStream', DELETE_LOG_STREAM],
  ['deleteLogGroup', DELETE_LOG_GROUP],
])('%s whose reply is lost', (mutation, document) => {
  const success = { __typename: mutation === 'deleteLogStream' ? 'LogStreamDeleted' : 'LogGroupDeleted' };
  const unknown = { code: 'GATEWAY.UNREACHABLE', outcome: 'UNKNOWN', isRetryable: true };
  const itself = listing([listedGroup()], [listedStream()]);
  const others = listing([listedGroup({ log_group_id: 'x' })], [listedStream({ log_stream_id: 'x' })]);
  let sentAt: number;
  const listedLate = answerWith(() =>
    replyWith(200, performance.now() - sentAt < settleTimes.missingAfterMs ? others : itself),
  );

  test.each<[string, Answer, object]>([
    ['succeeds where the list no longer has the ID', replyWith(200, others), success],
    ['succeeds where the log group no longer exists', failWith(400, 'LTS.0201'), success],
    ['fails where the list has the ID', replyWith(200, itself), unknown],
    ['fails where only a late list has the ID', listedLate, unknown],
    ['fails where the list is lost as well', hangUp, unknown],
    ['fails where the list is a 404 of API Gateway', failWith(404, 'APIGW.0101'), unknown],
    ['fails where the list is a 404 with its other prefix', failWith(404, 'APIG.0101'), unknown],
    ['fails where the list is a 404 without a code', replyWith(404, {}), unknown],
  ])('%s', async (_what, list, expected) => {
    scripted.answer = replyToWrites(hangUp, list);
    sentAt = performance.now();
    expect(await onScripted.resultOf(document, IDS)).toMatchObject(expected);
    expect(scripted.received.map(({ method }) => method)).toEqual(['DELETE', 'GET']);
  });
});
