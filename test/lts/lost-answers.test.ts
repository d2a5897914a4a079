import { describe, expect, test } from '@jest/globals';
import type { Fault, FaultKind } from '../../src/embedded-lts/faults.ts';
import { DEMO, type StoredStream } from '../../src/embedded-lts/store.ts';
import { CREATE_LOG_GROUP, CREATE_LOG_STREAM } from '../support/operations.ts';
import {
  type Answer,
  answerWith,
  failWith,
  hangUp,
  listedStream,
  replyToWrites,
  replyWith,
} from '../support/scripted-server.ts';
import { until } from '../support/until.ts';
import { useGateway, useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

describe('a create', () => {
  const { projectId, groupId } = DEMO;
  const settleTimes = { missingAfterMs: 60, lastListMs: 2_000 };
  const { gateway, lts } = useGatewayOnEmbeddedLts({ ltsTimeoutMs: 500, settleTimes });
  const TOO_LATE: FaultKind = { kind: 'delay', ms: 3_000 };

  const UNREACHABLE = { code: 'GATEWAY.UNREACHABLE', kind: 'UNAVAILABLE', httpStatus: null };
  const TIMEOUT = { code: 'GATEWAY.TIMEOUT', kind: 'TIMEOUT', httpStatus: null };
  const badReply = (httpStatus: number, kind: string) => ({ code: 'GATEWAY.BAD_REPLY', kind, httpStatus });
  /** The ways in which a reply is lost, and what the failure is if LTS has created nothing. */
  const LOSSES: [FaultKind, object][] = [
    [{ kind: 'reset' }, UNREACHABLE],
    [{ kind: 'cutOff', bytes: 0 }, UNREACHABLE],
    [{ kind: 'cutOff', bytes: 20 }, UNREACHABLE],
    [{ kind: 'wrongLength' }, UNREACHABLE],
    [{ kind: 'slowBody', ms: 200 }, TIMEOUT],
    [{ kind: 'bigBody' }, badReply(500, 'INTERNAL')],
    [{ kind: 'gzipBomb' }, badReply(500, 'INTERNAL')],
    [{ kind: 'noContent' }, badReply(204, 'INTERNAL')],
    [{ kind: 'badGateway' }, badReply(502, 'UNAVAILABLE')],
    [{ kind: 'gatewayTimeout' }, { code: 'APIGW.0203', kind: 'TIMEOUT', httpStatus: 504 }],
    [{ kind: 'redirect', to: 'http://127.0.0.1:1' }, badReply(307, 'UNKNOWN')],
  ];

  const create = () =>
    gateway.resultOf(CREATE_LOG_STREAM, { projectId, groupId, input: { name: 'wanted', ttlInDays: 3 } });
  const stored = () =>
    [...lts.store.groupOf(groupId).streams.values()].filter((stream) => stream.log_stream_name === 'wanted');

  test.each([...LOSSES.map(([loss]) => loss), TOO_LATE])(
    'returns what LTS has created after %j',
    async (loss) => {
      lts.faults.failNext({ ...loss, when: 'after', operation: 'CreateLogStream' } as Fault);
      const result = await create();
      const [{ log_stream_id: id, creation_time }] = stored() as [StoredStream];
      const createdAt = new Date(creation_time).toISOString();
      expect(result).toMatchObject({
        __typename: 'LogStreamCreated',
        logStreamId: id,
        logStream: { id, name: 'wanted', ttlInDays: 3, createdAt, enterpriseProjectId: '0', tags: [] },
      });
      expect(lts.calls.get('CreateLogStream')).toBe(1);
    },
  );

  test.each(LOSSES)(
    'returns a retryable NOT_APPLIED if LTS has created nothing after %j',
    async (loss, failure) => {
      lts.faults.failNext({ ...loss, when: 'before', operation: 'CreateLogStream' } as Fault);
      expect(await create()).toMatchObject({ ...failure, outcome: 'NOT_APPLIED', isRetryable: true });
      expect(stored()).toEqual([]);
      expect(lts.calls.get('CreateLogStream')).toBe(1);
    },
  );

  test('returns a retryable TIMEOUT if LTS creates it after the last list; a second attempt creates no other', async () => {
    lts.faults.failNext({ ...TOO_LATE, when: 'before', operation: 'CreateLogStream' });
    expect(await create()).toMatchObject({
      ...TIMEOUT,
      outcome: 'NOT_APPLIED',
      isRetryable: true,
      message: 'LTS did not answer in time. Nothing was created.',
    });
    await until(() => stored().length > 0);
    expect(await create()).toMatchObject({ kind: 'ALREADY_EXISTS' });
    expect(stored()).toHaveLength(1);
  });

  test('of a log group is found out likewise', async () => {
    const createGroup = (name: string) =>
      gateway.resultOf(CREATE_LOG_GROUP, { projectId, input: { name, ttlInDays: 3 } });
    lts.faults.failNext({ when: 'after', kind: 'reset', operation: 'CreateLogGroup' });
    const created = await createGroup('new-group');
    const group = [...lts.store.groups.values()].find((one) => one.log_group_name === 'new-group');
    expect(created).toMatchObject({
      logGroupId: group?.log_group_id,
      logGroup: { createdAt: new Date(group?.creation_time ?? 0).toISOString() },
    });

    lts.faults.failNext({ when: 'before', kind: 'reset', operation: 'CreateLogGroup' });
    const message = 'LTS could not be reached. Nothing was created.';
    expect(await createGroup('other')).toMatchObject({ outcome: 'NOT_APPLIED', isRetryable: true, message });
    expect(lts.calls.get('CreateLogGroup')).toBe(2);
  });
});

describe('createLogStream whose reply is lost,', () => {
  /** Far enough apart that a busy machine keeps their order. */
  const settleTimes = { missingAfterMs: 200, lastListMs: 2_000 };
  const EARLY_MS = settleTimes.missingAfterMs / 2;
  const { gateway, scripted } = useGateway({ settleTimes });

  const CREATE = `createLogStream(projectId: "p", groupId: "g", input: $input) {
    __typename
    ... on LogStreamCreated { logStreamId }
    ... on LtsError { code httpStatus outcome isRetryable message existingLogStream { id } }
  }`;
  const INPUT = { name: 'a', ttlInDays: 3, alias: 'A', tags: [{ key: 'team', value: 'b' }] };
  const send = async (fields = CREATE, input: object = INPUT) =>
    (await gateway.send(`mutation ($input: CreateLogStreamInput!) { ${fields} }`, { input })).data;
  const create = async (input?: object) => (await send(CREATE, input)).createLogStream;

  /** Loses each create; what LTS lists so many milliseconds later is up to the test. */
  function loseAndList(list: (sinceLossMs: number) => object[], { aheadMs = 0, sendsDate = true } = {}) {
    let lostAt = Number.POSITIVE_INFINITY;
    const lose: Answer = (...call) => {
      lostAt = performance.now();
      hangUp(...call);
    };
    const answerList: Answer = (request, response, body) => {
      response.sendDate = sendsDate;
      const headers = sendsDate ? { date: new Date(Date.now() + aheadMs).toUTCString() } : {};
      const log_streams = list(performance.now() - lostAt);
      replyWith(200, { log_streams }, headers)(request, response, body);
    };
    scripted.answer = replyToWrites(
      answerWith(({ method }) => (method === 'POST' ? lose : replyWith(204, ''))),
      answerList,
    );
  }

  /** A log stream of the name in question. */
  const stream = (log_stream_id: string, fields: object = {}, createdAt = Date.now()) =>
    listedStream({
      log_stream_id,
      log_stream_name: 'a',
      ttl_in_days: undefined,
      creation_time: createdAt,
      ...fields,
    });

  /** As LTS lists what was created with `INPUT`. */
  const AS_ASKED = { ttl_in_days: 3, log_stream_name_alias: 'A', tag: { _sys_x: '0', team: 'b' } };
  const WITHOUT_TIME = { creation_time: undefined };
  const MINUTE = 60_000;
  const HOUR = 60 * MINUTE;
  const old = () => stream('old', AS_ASKED, Date.now() - MINUTE);

  const NAME_TAKEN = { outcome: 'NOT_APPLIED', isRetryable: false, existingLogStream: { id: 'found' } };
  const VERDICTS = {
    CREATED: { __typename: 'LogStreamCreated', logStreamId: 'found' },
    NOTHING: { outcome: 'NOT_APPLIED', isRetryable: true, existingLogStream: null },
    TAKEN: {
      ...NAME_TAKEN,
      message: expect.stringMatching(/ Nothing was created: the name belongs to another log stream\.$/),
    },
    EXISTED: {
      ...NAME_TAKEN,
      message: expect.stringMatching(/ a log stream of that name had been there before\.$/),
    },
    UNKNOWN: {
      outcome: 'UNKNOWN',
      isRetryable: false,
      existingLogStream: null,
      message: expect.stringMatching(/ created is unknown: look for it before trying again\.$/),
    },
  };
  const { CREATED, NOTHING, UNKNOWN } = VERDICTS;

  interface Situation {
    readonly input?: object;
    /** What LTS lists first. */
    readonly before?: () => object;
    readonly ageMs?: number;
    /** How far the clock of LTS is ahead, and whether a list has it. */
    readonly aheadMs?: number;
    readonly sendsDate?: boolean;
  }
  const NAME_ALONE = { input: { name: 'a' } };

  test.each<[keyof typeof VERDICTS, what: string, listed: object | null, Situation?]>([
    ['CREATED', 'as it was asked for', AS_ASKED],
    ['CREATED', 'as it was asked for, by a clock an hour ahead', AS_ASKED, { aheadMs: HOUR }],
    ['CREATED', 'as it was asked for, by a clock an hour behind', AS_ASKED, { aheadMs: -HOUR }],
    ['CREATED', 'as it was asked for, after an older one', AS_ASKED, { before: old }],
    ['CREATED', 'without retention, alias and tags', {}],
    ['CREATED', 'following its log group, as asked', { ttl_in_days: -1, tag: {} }, NAME_ALONE],

    ['TAKEN', 'with another retention', { ...AS_ASKED, ttl_in_days: 9 }],
    ['TAKEN', 'following its log group', { ...AS_ASKED, ttl_in_days: -1 }],
    ['TAKEN', 'with another alias', { ...AS_ASKED, log_stream_name_alias: 'B' }],
    ['TAKEN', 'with another value of a tag', { ...AS_ASKED, tag: { team: 'c' } }],
    ['TAKEN', 'with another retention and no creation time', { ttl_in_days: 9, ...WITHOUT_TIME }],
    ['TAKEN', 'with another retention, without a Date', { ttl_in_days: 9 }, { sendsDate: false }],

    ['EXISTED', 'older', AS_ASKED, { ageMs: MINUTE }],
    ['EXISTED', 'older, by a clock an hour ahead', AS_ASKED, { ageMs: MINUTE, aheadMs: HOUR }],
    ['EXISTED', 'older, by a clock an hour behind', AS_ASKED, { ageMs: MINUTE, aheadMs: -HOUR }],

    ['UNKNOWN', 'without a creation time', { ...AS_ASKED, ...WITHOUT_TIME }],
    ['UNKNOWN', 'without a Date', AS_ASKED, { sendsDate: false }],
    ['UNKNOWN', 'with a retention that was not asked for', { ttl_in_days: 30 }, NAME_ALONE],
    ['UNKNOWN', 'with a tag that was not asked for', { tag: { team: 'x' } }, NAME_ALONE],
    ['UNKNOWN', 'with an alias that was not asked for', { log_stream_name_alias: 'x' }, NAME_ALONE],
    ['UNKNOWN', 'without a tag, which LTS may add late', { ...AS_ASKED, tag: {} }],

    ['NOTHING', 'not at all', null],
    ['NOTHING', 'not at all, after an older one', null, { before: old }],
  ])('is %s when LTS lists one of that name %s', async (verdict, _what, listed, situation = {}) => {
    const { input, before, ageMs = 0, aheadMs = 0 } = situation;
    loseAndList((sinceLossMs) => {
      if (sinceLossMs < EARLY_MS) return before ? [before()] : [];
      return listed ? [stream('found', listed, Date.now() + aheadMs - ageMs)] : [];
    }, situation);
    expect(await create(input)).toMatchObject(VERDICTS[verdict]);
  });

  test('is as it was asked for where LTS does not list all of it', async () => {
    loseAndList(() => [stream('found', { tag: undefined })]);
    const fields = 'logStream { name ttlInDays alias tags { key value } }';
    const { created } = await send(
      `created: createLogStream(projectId: "p", groupId: "g", input: $input) { ... on LogStreamCreated { ${fields} } }`,
    );
    expect(created.logStream).toEqual(INPUT);
  });

  test('says that nothing was created only by a list that was requested after missingAfterMs', async () => {
    let lastListMs = 0;
    loseAndList((sinceLossMs) => {
      lastListMs = sinceLossMs;
      return [];
    });
    expect(await create()).toMatchObject(NOTHING);
    expect(lastListMs).toBeGreaterThanOrEqual(settleTimes.missingAfterMs);
  });

  test.each<[string, Answer]>([
    ['is not answered', () => {}],
    ['fails', replyWith(502, '<html>')],
  ])('lists once more when the first list %s', async (_how, firstList) => {
    loseAndList(() => [stream('found', AS_ASKED)]);
    const { answer } = scripted;
    let lists = 0;
    const isFirstList = (method?: string) => method === 'GET' && ++lists === 1;
    scripted.answer = answerWith(({ method }) => (isFirstList(method) ? firstList : answer));
    expect(await create()).toMatchObject(CREATED);
  });

  test('says that the outcome is unknown when LTS answers no list', async () => {
    scripted.answer = replyToWrites(hangUp, () => {});
    expect(await create()).toMatchObject({ ...UNKNOWN, code: 'GATEWAY.UNREACHABLE' });
  });

  test('says so when the last list fails, and reads no other', async () => {
    let lists = 0;
    const unreadable = [{}];
    loseAndList(() => {
      lists += 1;
      return unreadable;
    });
    expect(await create()).toMatchObject(UNKNOWN);
    expect(lists).toBeLessThanOrEqual(3); // each pause after one that failed is twice as long
  });

  test.each([
    [401, 'LTS.0003'],
    [403, 'LTS.0001'],
    [400, 'LTS.0201'],
  ])('says so after one list that is refused with %i %s', async (status, code) => {
    scripted.answer = replyToWrites(failWith(500, 'LTS.0010'), failWith(status, code));
    expect(await create()).toMatchObject({ ...UNKNOWN, code: 'LTS.0010', httpStatus: 500 });
    expect(scripted.received.map(({ method }) => method)).toEqual(['POST', 'GET']);
  });

  test.each([
    ['with a reply', replyWith(201, { log_stream_id: 'found' })],
    ['without a reply', hangUp],
  ])('does not take for its own what the same operation has created before, %s', async (_how, reply) => {
    const streams: object[] = [];
    loseAndList(() => streams);
    const { answer } = scripted;
    const createFirst: Answer = (...call) => {
      streams.push(stream('found', AS_ASKED));
      reply(...call);
    };
    const isFirst = (method?: string) => method === 'POST' && streams.length === 0;
    scripted.answer = answerWith(({ method }) => (isFirst(method) ? createFirst : answer));
    expect(await send(`one: ${CREATE} two: ${CREATE}`)).toMatchObject({ one: CREATED, two: NAME_TAKEN });
  });

  describe('after a deleteLogStream in the same operation', () => {
    const DELETE = `deleteLogStream(projectId: "p", groupId: "g", streamId: "old") { __typename }`;
    const deleteThenCreate = async () => {
      const { deleteLogStream, createLogStream } = await send(`${DELETE} ${CREATE}`);
      expect(deleteLogStream.__typename).toBe('LogStreamDeleted');
      return createLogStream;
    };

    test('returns the new log stream when the list shows the deleted one first', async () => {
      loseAndList((sinceLossMs) => [sinceLossMs < EARLY_MS ? old() : stream('found', AS_ASKED)]);
      expect(await deleteThenCreate()).toMatchObject(CREATED);
    });

    test('says that the outcome is unknown when the list shows the deleted one to the end', async () => {
      loseAndList(() => [old()]);
      expect(await deleteThenCreate()).toMatchObject(UNKNOWN);
    });

    test('does not name the deleted one as existing when LTS refuses the create', async () => {
      loseAndList(() => [old()]);
      const { answer } = scripted;
      scripted.answer = answerWith(({ method }) => (method === 'POST' ? failWith(400, 'LTS.0205') : answer));
      const result = await deleteThenCreate();
      expect(result).toMatchObject({ outcome: 'NOT_APPLIED', existingLogStream: null });
    });
  });
});
