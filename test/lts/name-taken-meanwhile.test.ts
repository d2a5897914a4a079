import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  type Answer,
  answerWith,
  hangUp,
  listedStream,
  replyToWrites,
  replyWith,
} from '../support/scripted-server.ts';
import { useGateway } from '../support/use-gateways.ts';

/** Far enough apart that a busy machine keeps their order. */
const TIMES = { missingAfterMs: 200, lastListMs: 2_000 };
const EARLY_MS = TIMES.missingAfterMs / 2;
const NEVER = Number.POSITIVE_INFINITY;

const CREATE = `createLogStream(projectId: "p", groupId: "g", input: $input) {
  __typename
  ... on LogStreamCreated { logStreamId }
  ... on LtsError { outcome isRetryable message existingLogStream { id } }
}`;
const QUERY = `mutation ($input: CreateLogStreamInput!) { ${CREATE} }`;
const INPUT = { name: 'a', ttlInDays: 3, alias: 'A', tags: [{ key: 'team', value: 'b' }] };

/** As LTS lists what was created with `INPUT`. */
const AS_ASKED = { ttl_in_days: 3, log_stream_name_alias: 'A', tag: { _sys_x: '0', team: 'b' } };
const OF_SOMEBODY_ELSE = { ttl_in_days: 9, tag: { _sys_x: '0', team: 'a' } };

const { gateway, scripted } = useGateway({ settleTimes: TIMES });
/** What LTS lists so many milliseconds after the create was lost. */
let listed: (sinceLossMs: number) => object[];
let sendDate: boolean;

beforeEach(() => {
  sendDate = true;
  let lostAt = NEVER;
  const lose: Answer = (...call) => {
    lostAt = performance.now();
    hangUp(...call);
  };
  const list: Answer = (request, response, body) => {
    response.sendDate = sendDate;
    replyWith(200, { log_streams: listed(performance.now() - lostAt) })(request, response, body);
  };
  scripted.answer = replyToWrites(
    answerWith(({ method }) => (method === 'POST' ? lose : replyWith(204, ''))),
    list,
  );
});

/** A log stream of the name in question; created now unless `fields` say otherwise. */
const stream = (id: string, fields: object) =>
  listedStream({
    log_stream_id: id,
    log_stream_name: 'a',
    creation_time: Date.now(),
    ttl_in_days: undefined,
    ...fields,
  });
const createdAgo = (ms: number) => ({ creation_time: Date.now() - ms });
const from = (ms: number, items: () => object[], before: () => object[] = () => []) => {
  listed = (sinceLossMs) => (sinceLossMs >= ms ? items() : before());
};

const create = (input: object = INPUT) => gateway.resultOf(QUERY, { input });
const created = (logStreamId: string) => ({ __typename: 'LogStreamCreated', logStreamId });
const takenBy = (id: string) =>
  expect.objectContaining({ outcome: 'NOT_APPLIED', isRetryable: false, existingLogStream: { id } });
const UNKNOWN = expect.objectContaining({
  outcome: 'UNKNOWN',
  isRetryable: false,
  existingLogStream: null,
});
const NOTHING = expect.objectContaining({ outcome: 'NOT_APPLIED', isRetryable: true });

describe('createLogStream whose reply is lost, while somebody else creates that name differently,', () => {
  test.each([
    ['with another retention', { ...AS_ASKED, ttl_in_days: 9 }],
    ['following its log group', { ...AS_ASKED, ttl_in_days: -1 }],
    ['with another alias', { ...AS_ASKED, log_stream_name_alias: 'B' }],
    ['with another value of a tag', { ...AS_ASKED, tag: { team: 'c' } }],
  ])('%s, says that the name is taken', async (_how, fields) => {
    from(EARLY_MS, () => [stream('other', fields)]);
    const answer = await create();
    expect(answer).toEqual(takenBy('other'));
    expect(answer.message).toMatch(/ Nothing was created: the name belongs to another log stream\.$/);
  });

  test('says so also where LTS lists no creation time', async () => {
    from(EARLY_MS, () => [stream('other', { ...OF_SOMEBODY_ELSE, creation_time: undefined })]);
    expect(await create()).toEqual(takenBy('other'));
  });

  test('says so also where LTS sends no Date', async () => {
    sendDate = false;
    from(0, () => [stream('other', OF_SOMEBODY_ELSE)]);
    expect(await create()).toEqual(takenBy('other'));
  });
});

describe('createLogStream whose reply is lost, with what is found as it was asked for,', () => {
  test('returns it', async () => {
    from(EARLY_MS, () => [stream('own', AS_ASKED)]);
    expect(await create()).toEqual(created('own'));
  });

  test('returns it where LTS reports neither retention nor alias nor tags', async () => {
    from(EARLY_MS, () => [stream('own', {})]);
    expect(await create()).toEqual(created('own'));
  });

  test('returns it where the retention was left to the log group', async () => {
    from(0, () => [stream('own', { ttl_in_days: -1, tag: {} })]);
    expect(await create({ name: 'a' })).toEqual(created('own'));
  });

  test.each([
    ['LTS lists no creation time', { creation_time: undefined }, true],
    ['LTS sends no Date', {}, false],
  ])('says that the outcome is unknown where %s', async (_what, fields, hasDate) => {
    sendDate = hasDate;
    from(0, () => [stream('any', { ...AS_ASKED, ...fields })]);
    expect(await create()).toEqual(UNKNOWN);
  });

  test.each([
    ['a retention', { ttl_in_days: 30, tag: {} }],
    ['a tag', { ttl_in_days: -1, tag: { team: 'of the log group' } }],
    ['an alias', { ttl_in_days: -1, tag: {}, log_stream_name_alias: 'any' }],
  ])('says that the outcome is unknown where it has %s that was not asked for', async (_what, fields) => {
    from(0, () => [stream('any', fields)]);
    expect(await create({ name: 'a' })).toEqual(UNKNOWN);
  });

  test('says that the outcome is unknown where a tag is missing, which LTS may add late', async () => {
    from(0, () => [stream('any', { ...AS_ASKED, tag: {} })]);
    expect(await create()).toEqual(UNKNOWN);
  });
});

describe('createLogStream whose reply is lost, with an older log stream of that name in the list,', () => {
  const old = () => [stream('old', { ...AS_ASKED, ...createdAgo(60_000) })];

  test('says that the name was taken where it is still there in the last list', async () => {
    from(0, old);
    const answer = await create();
    expect(answer).toEqual(takenBy('old'));
    expect(answer.message).toMatch(/ a log stream of that name had been there before\.$/);
  });

  test('returns the new one that a list shows late', async () => {
    from(EARLY_MS, () => [stream('own', AS_ASKED)], old);
    expect(await create()).toEqual(created('own'));
  });

  test('says that nothing was created where the old one is gone in the last list', async () => {
    from(EARLY_MS, () => [], old);
    expect(await create()).toEqual(NOTHING);
  });
});

describe('createLogStream after a deleteLogStream in the same operation', () => {
  const deleteThenCreate = async () => {
    const query = `mutation ($input: CreateLogStreamInput!) {
      deleteLogStream(projectId: "p", groupId: "g", streamId: "old") { ... on LogStreamDeleted { logStreamId } }
      ${CREATE}
    }`;
    const { data } = await gateway.send(query, { input: INPUT });
    expect(data.deleteLogStream).toEqual({ logStreamId: 'old' });
    return data.createLogStream;
  };
  const deleted = () => [stream('old', { ...AS_ASKED, ...createdAgo(60_000) })];

  test('returns the new log stream when its reply is lost and the list shows the deleted one first', async () => {
    from(EARLY_MS, () => [stream('own', AS_ASKED)], deleted);
    expect(await deleteThenCreate()).toEqual(created('own'));
  });

  test('says that the outcome is unknown when the list shows the deleted one to the end', async () => {
    from(0, deleted);
    expect(await deleteThenCreate()).toEqual(UNKNOWN);
  });

  test('does not name the deleted log stream as existing when LTS refuses the create', async () => {
    listed = deleted;
    const { answer } = scripted;
    const refuse = replyWith(400, { error_code: 'LTS.0205' });
    scripted.answer = answerWith(({ method }) => (method === 'POST' ? refuse : answer));
    expect(await deleteThenCreate()).toMatchObject({ outcome: 'NOT_APPLIED', existingLogStream: null });
  });
});
