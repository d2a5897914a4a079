import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { EmbeddedLts } from '../src/embedded-lts/embedded-lts.ts';
import type { Fault, FaultKind } from '../src/embedded-lts/faults.ts';
import { DEMO, type StoredGroup } from '../src/embedded-lts/store.ts';
import { type RunningGateway, startGatewayOnEmbeddedLts, TOKEN } from './support/gateway.ts';
import { CREATE_LOG_STREAM } from './support/operations.ts';
import { type ScriptedServer, startScriptedServer } from './support/scripted-server.ts';
import { until } from './support/until.ts';

/** Cases in all; `npm run test:faults` runs more. */
const CASES = Number(process.env.FAULT_CASES ?? 1_000);
const AT_ONCE = 100;
const TIMES = { ltsTimeoutMs: 200, reconcileTimes: { missingAfterMs: 300, lastListMs: 1_500 } };
/** Longest delay of a create in LTS: it ends well before the last list. */
const LONGEST_DELAY_MS = TIMES.ltsTimeoutMs + 50;
/** Earliest time after the start of a create at which the gateway requests the list that decides. */
const LAST_LIST_MS = TIMES.ltsTimeoutMs + TIMES.reconcileTimes.missingAfterMs;

let gateway: RunningGateway;
let lts: EmbeddedLts;
let running: { close(): Promise<void> };
let elsewhere: ScriptedServer;
/** Calls of CreateLogStream by log group; each case has its own group. */
const creates = new Map<string | undefined, number>();

beforeAll(async () => {
  const started = await startGatewayOnEmbeddedLts(TIMES, {
    onCall(operation, group) {
      if (operation === 'CreateLogStream') creates.set(group, (creates.get(group) ?? 0) + 1);
    },
  });
  ({ gateway, lts } = started);
  running = started;
  elsewhere = await startScriptedServer();
});
afterAll(async () => {
  await running.close();
  await elsewhere.close();
});

const anyFault = (): fc.Arbitrary<FaultKind> =>
  fc.oneof(
    fc.record({ kind: fc.constant('delay' as const), ms: fc.nat(LONGEST_DELAY_MS) }),
    fc.record({ kind: fc.constant('cutOff' as const), bytes: fc.nat(60) }),
    fc.record({ kind: fc.constant('slowBody' as const), ms: fc.integer({ min: 1, max: 10 }) }),
    fc.constantFrom<FaultKind>(
      { kind: 'reset' },
      { kind: 'badGateway' },
      { kind: 'gatewayTimeout' },
      { kind: 'noContent' },
      { kind: 'wrongLength' },
      { kind: 'tooManyRequests' },
      { kind: 'bigBody' },
    ),
    fc.constant(null).map(() => ({ kind: 'redirect' as const, to: elsewhere.url })),
  );

const anyCase = fc.record({
  onCreate: fc.option(fc.record({ when: fc.constantFrom('before', 'after'), fault: anyFault() }), {
    freq: 9,
  }),
  onList: fc.oneof(
    { weight: 49, arbitrary: fc.array(anyFault(), { maxLength: 2 }) },
    // More faults than the gateway requests lists: the outcome stays unknown.
    { weight: 1, arbitrary: fc.constant(Array.from({ length: 20 }, (): FaultKind => ({ kind: 'reset' }))) },
  ),
  isTaken: fc.boolean(),
});
type Case = typeof anyCase extends fc.Arbitrary<infer T> ? T : never;

interface Outcome {
  readonly answer: { __typename: string; logStreamId?: string; message?: string; isRetryable?: boolean };
  readonly group: StoredGroup;
  readonly old: string | null;
  readonly startedAt: number;
  readonly throttledAfterWork: boolean;
  readonly isDelayed: boolean;
}

/** Whether LTS still has to create the log stream: it does so after a delay, even if the gateway no longer waits. */
const isAtWork = ({ group, old, isDelayed }: Outcome) =>
  isDelayed && old === null && group.streams.size === 0 && creates.has(group.log_group_id);

test(`createLogStream reports what LTS stored, in ${CASES} cases of random faults`, async () => {
  const seen = new Map<string, number>();
  const checked: Outcome[] = [];
  await fc.assert(
    fc.asyncProperty(fc.array(anyCase, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (cases) => {
      lts.faults.clear();
      const outcomes = await Promise.all(cases.map(createUnderFaults));
      await until(() => !outcomes.some(isAtWork));
      for (const outcome of outcomes) check(outcome, seen);
      checked.push(...outcomes);
      expect(elsewhere.received).toEqual([]);
    }),
    { numRuns: Math.ceil(CASES / AT_ONCE), endOnFailure: true },
  );
  // Nothing changed after it was reported.
  for (const outcome of checked) check(outcome, new Map());
  // Some creates never arrive, because an earlier fault broke their connection; none arrives twice.
  expect(Math.max(...creates.values())).toBe(1);
  expect(gateway.logged()).not.toContain(TOKEN);
  // The cases covered every outcome.
  process.stdout.write(
    `${CASES} creates: ${[...seen].map(([ending, count]) => `${count} ${ending}`).join(', ')}\n`,
  );
  expect([...seen.keys()].sort()).toEqual(['created', 'nothing created', 'refused', 'unknown']);
}, 600_000);

async function createUnderFaults({ onCreate, onList, isTaken }: Case): Promise<Outcome> {
  const group = lts.store.addGroup({ log_group_name: 'any', ttl_in_days: 1 });
  const groupId = group.log_group_id;
  const old = isTaken ? lts.store.addStream(group, { log_stream_name: 'wanted' }) : null;
  if (old) old.creation_time -= 10_000;
  const faults: Fault[] = onList.map((fault) => ({
    ...fault,
    when: 'before',
    operation: 'ListLogStream',
    groupId,
  }));
  if (onCreate) {
    faults.push({
      ...onCreate.fault,
      when: onCreate.when as Fault['when'],
      operation: 'CreateLogStream',
      groupId,
    });
  }
  lts.faults.failNext(...faults);
  const startedAt = Date.now();
  const variables = { projectId: DEMO.projectId, groupId, input: { name: 'wanted' } };
  const { data } = await gateway.send(CREATE_LOG_STREAM, variables);
  return {
    answer: data.createLogStream,
    group,
    startedAt,
    old: old?.log_stream_id ?? null,
    throttledAfterWork: onCreate?.when === 'after' && onCreate.fault.kind === 'tooManyRequests',
    isDelayed: onCreate?.when === 'before' && onCreate.fault.kind === 'delay',
  };
}

function check(
  { answer, group, old, startedAt, throttledAfterWork }: Outcome,
  seen: Map<string, number>,
): void {
  const ids = [...group.streams.keys()];
  expect(ids.length).toBeLessThanOrEqual(1);
  const ending = endingOf(answer);
  seen.set(ending, (seen.get(ending) ?? 0) + 1);
  if (ending === 'created') {
    expect(ids).toEqual([answer.logStreamId]);
    expect(old).toBeNull();
  }
  if (ending === 'nothing created') {
    // On a machine that stalls, LTS may process a create after the last list; the gateway cannot know.
    const inTime = [...group.streams.values()].filter((one) => one.creation_time < startedAt + LAST_LIST_MS);
    expect(inTime.map((one) => one.log_stream_id)).toEqual(old ? [old] : []);
  }
  // LTS refuses without creating; only the fault of throttling after the work makes that wrong.
  if (ending === 'refused' && !throttledAfterWork) expect(ids).toEqual(old ? [old] : []);
  if (ending === 'unknown') expect(answer.isRetryable).toBe(false);
}

function endingOf(answer: Outcome['answer']): string {
  if (answer.__typename === 'LogStreamCreated') return 'created';
  if (/Nothing was created/.test(answer.message ?? '')) return 'nothing created';
  return /unknown/.test(answer.message ?? '') ? 'unknown' : 'refused';
}
