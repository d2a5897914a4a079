import type { ServerResponse } from 'node:http';
import { expect, test } from '@jest/globals';
import { LOG_STREAMS } from '../support/operations.ts';
import { listedGroup, listing, replyWith } from '../support/scripted-server.ts';
import { until } from '../support/until.ts';
import { useGateway } from '../support/use-gateways.ts';

const MIB = 1024 * 1024;

const { gateway, scripted } = useGateway({ ltsTimeoutMs: 30_000 }, 'each');

/** As many as the quotas of LTS allow: 100 log groups of 100 log streams. */
const GROUPS = Array.from({ length: 100 }, (_, index) => listedGroup({ log_group_id: `group-${index}` }));
const STREAMS = Array.from({ length: 10_000 }, (_, index) => ({
  creation_time: 1_700_000_000_000,
  log_stream_id: `10000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
  log_stream_name: `${'n'.repeat(58)}${String(index).padStart(6, '0')}`,
  log_stream_name_alias: `${'a'.repeat(58)}${String(index).padStart(6, '0')}`,
  log_group_id: `group-${index % 100}`,
  ttl_in_days: 7,
  filter_count: 0,
  is_favorite: false,
  whether_log_storage: true,
  tag: { team: 'a team of its own', stage: 'production', _sys_enterprise_project_id: '0' },
}));

const FIELDS = 'id name alias ttlInDays createdAt tags { key value }';

test('logStreams returns 10,000 log streams with all their fields', async () => {
  scripted.answer = replyWith(200, { log_streams: STREAMS });
  const { data, errors } = await gateway.send(LOG_STREAMS, { projectId: 'p', groupId: 'g' });
  expect(errors).toBeUndefined();
  expect(data.logStreams).toHaveLength(10_000);
  expect(data.logStreams[9_999]).toMatchObject({ id: STREAMS[9_999]?.log_stream_id, ttlInDays: 7 });
}, 30_000);

test('logGroups returns 100 log groups of 100 log streams with 2 calls', async () => {
  scripted.answer = replyWith(200, listing(GROUPS, STREAMS));
  const query = `query ($projectId: ID!) { logGroups(projectId: $projectId) { id logStreams { ${FIELDS} } } }`;
  const { data, errors } = await gateway.send(query, { projectId: 'p' });
  expect(errors).toBeUndefined();
  expect(data.logGroups.map(({ logStreams }: { logStreams: unknown[] }) => logStreams.length)).toEqual(
    GROUPS.map(() => 100),
  );
  expect(scripted.received.map(({ path }) => path).sort()).toEqual(['/v2/p/groups', '/v2/p/log-streams']);
}, 30_000);

test('logStreams returns GATEWAY.OVERLOADED for long replies beyond a total of bytes, but reads a short one', async () => {
  const half = Buffer.alloc(15 * MIB, ' ');
  const open: ServerResponse[] = [];
  scripted.answer = (request, response, body) => {
    if (request.url?.includes('/short/')) return replyWith(200, { log_streams: [] })(request, response, body);
    response.writeHead(200);
    response.write(half);
    open.push(response);
  };
  const read = (groupId: string) => gateway.send(LOG_STREAMS, { projectId: 'p', groupId });
  const overloaded: Awaited<ReturnType<typeof read>>[] = [];
  const long = Array.from({ length: 8 }, async (_, index) => {
    const answer = await read(`long-${index}`);
    if (answer.errors) overloaded.push(answer);
    return answer;
  });
  await until(() => open.length === 8 && overloaded.length >= 4);
  expect(overloaded[0]?.errors[0]).toMatchObject({
    message: 'Too much is being read from LTS at the moment. Try again shortly.',
    extensions: { ltsCode: 'GATEWAY.OVERLOADED', code: 'UNAVAILABLE', isRetryable: true, httpStatus: null },
  });
  expect((await read('short')).data.logStreams).toEqual([]);

  for (const response of open) response.end('{"log_streams":[]}');
  const answers = await Promise.all(long);
  expect(overloaded.length).toBeLessThan(8);
  expect(answers.filter(({ data }) => data.logStreams)).toHaveLength(8 - overloaded.length);
  // Their memory is free again.
  const again = read('long-again');
  await until(() => open.length === 9);
  open[8]?.end('{"log_streams":[]}');
  expect((await again).data.logStreams).toEqual([]);
}, 30_000);
