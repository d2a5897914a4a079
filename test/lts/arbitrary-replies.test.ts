import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CASES_FACTOR } from '../support/cases.ts';
import { exampleVariables, OPERATIONS } from '../support/example-operations.ts';
import { GROUPS_WITH_STREAMS } from '../support/operations.ts';
import { answerWith, listedGroup, listedStream, replyWith } from '../support/scripted-server.ts';
import { useGateway } from '../support/use-gateways.ts';

/** Cases for each operation. */
const CASES = 50 * CASES_FACTOR;
const AT_ONCE = 10;
/** They have a test of their own. */
const READS_LOGS = /^Log(s|Histogram|Context)$/;

const { gateway, scripted } = useGateway({ settleTimes: { missingAfterMs: 20, lastListMs: 100 } });

/** Values that break careless code: objects in place of strings, numbers outside GraphQL's range, names of Object's properties. */
const anyValue = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    { toString: 1 },
    [{ toString: 1 }],
    { __proto__: null },
    2 ** 40,
    -(2 ** 31) - 1,
    1e300,
    '1e400',
    8.64e15,
    8.64e15 + 1,
    -1,
    '-1',
    '',
    null,
    'x'.repeat(10_000),
    '\ud800',
  ),
);
/** One in five is not as usual. */
const mostly = <T, U>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<U>) =>
  fc.oneof({ weight: 4, arbitrary: usual }, { weight: 1, arbitrary: other });
/** An object whose fields may each be right, wrong or missing. */
const broken = (fields: Record<string, unknown>) => {
  const entries = Object.entries(fields).map(([name, value]) => [name, mostly(fc.constant(value), anyValue)]);
  return fc.record(Object.fromEntries(entries), { requiredKeys: [] });
};
const anyTags = fc.oneof(
  anyValue,
  fc.array(fc.oneof(anyValue, broken({ key: 'k', value: 'v' })), { maxLength: 3 }),
  fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'toString', '_sys_x')), anyValue),
);
const withTags = (fields: fc.Arbitrary<object>) =>
  fc
    .tuple(fields, fc.option(anyTags), fc.option(anyTags))
    .map(([entry, tag, tags]) => ({ ...entry, ...(tag ? { tag } : {}), ...(tags ? { tags } : {}) }));
const anyGroup = withTags(
  broken(listedGroup({ log_group_id: 'x', log_group_name: 'some-text', log_group_name_alias: 'A' })),
);
const anyStream = withTags(
  broken(
    listedStream({
      log_stream_id: 'x',
      log_stream_name: 'some-text',
      log_stream_name_alias: 'A',
      log_group_id: 'x',
    }),
  ),
);
const listOf = (entry: fc.Arbitrary<unknown>) => mostly(fc.array(entry, { maxLength: 3 }), anyValue);
const anyList = fc.record({ log_groups: listOf(anyGroup), log_streams: listOf(anyStream) });
const anyError = broken({
  error_code: 'LTS.0010',
  error_msg: 'As LTS says',
  errorCode: 'LTS.0010',
  errorMessage: 'no',
  code: 401,
  message: { code: 'LTS.0201', details: 'no', request_id: 'r' },
  error: { code: 400, message: 'no' },
  details: 'no',
  request_id: 'r',
});
const anyCreated = broken({ log_stream_id: 'id', log_group_id: 'id' });
const anyUpdated = broken({ ttl_in_days: 7, creation_time: 1, log_topic_id: 's' });
const anyReply = (body: fc.Arbitrary<unknown>) =>
  fc.record({
    status: fc.oneof({ weight: 3, arbitrary: fc.constant(200) }, fc.constantFrom(201, 400, 404, 500, 503)),
    body: mostly(body, fc.oneof(anyError, anyValue)),
  });

describe('when LTS replies with arbitrary JSON,', () => {
  test.each([
    ...OPERATIONS.filter(({ name }) => !READS_LOGS.test(name)),
    { name: 'LogGroup.logStreams', body: GROUPS_WITH_STREAMS },
  ])(
    '$name returns values or a failure of LTS',
    async ({ name, body: document }) => {
      const isCreate = name.startsWith('Create');
      const variables = exampleVariables(document, 'x');
      const anyCase = fc.record({
        onRead: anyReply(anyList),
        onWrite: anyReply(isCreate ? anyCreated : anyUpdated),
      });
      type Case = typeof anyCase extends fc.Arbitrary<infer T> ? T : never;
      const cases = new Map<string, Case>();
      scripted.answer = answerWith(({ method, url }) => {
        const { onRead, onWrite } = cases.get(url?.split('/')[2] ?? '') as Case;
        const { status, body } = method === 'GET' ? onRead : onWrite;
        return replyWith(status, JSON.stringify(body) ?? '');
      });
      const meet = async (one: Case, index: number) => {
        const projectId = `p${index}`;
        cases.set(projectId, one);
        const { data, errors } = await gateway.send(document, { ...variables, projectId });
        const seen = JSON.stringify([one, data, errors]);
        for (const { extensions } of errors ?? []) {
          expect([seen, extensions]).toEqual([
            seen,
            expect.objectContaining({ ltsCode: expect.any(String) }),
          ]);
        }
        const [result] = Object.values(data) as any[];
        if (!isCreate || result.__typename !== 'LtsError') return;
        // What the write was answered, or else a list, proves that nothing was created.
        const isRefused = one.onWrite.status >= 400 && one.onWrite.status < 500;
        const saysNotApplied = ['LTS.0202', 'LTS.0102'].includes(result.code) && one.onWrite.status === 500;
        const isProven = isRefused || saysNotApplied || one.onRead.status < 300;
        const { outcome, isRetryable } = result;
        expect([seen, outcome === 'UNKNOWN' || isProven]).toEqual([seen, true]);
        expect([seen, outcome === 'UNKNOWN' && isRetryable]).toEqual([seen, false]);
      };
      await fc.assert(
        fc.asyncProperty(fc.array(anyCase, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (round) => {
          await Promise.all(round.map(meet));
        }),
        { numRuns: CASES / AT_ONCE, endOnFailure: true },
      );
    },
    60_000,
  );
});
