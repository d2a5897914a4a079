import { beforeEach, describe, expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { TOKEN } from '../support/gateway.ts';
import { CREATE_LOG_GROUP, CREATE_LOG_STREAM, withErrorFields } from '../support/operations.ts';
import { hangUp, listedStream, listing, replyToWrites, replyWith } from '../support/scripted-server.ts';
import { useGateway, useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const { projectId, groupId } = DEMO;
const { gateway: onScripted, scripted } = useGateway();
const { gateway, lts } = useGatewayOnEmbeddedLts();

const EXISTING = `existedForSeconds existingMatchesInput
  existingLogStream { id name ttlInDays } existingLogGroup { id logStreams { name } }`;
const NOTHING = {
  existedForSeconds: null,
  existingMatchesInput: null,
  existingLogStream: null,
  existingLogGroup: null,
};
const STREAM = { name: 'orders', ttlInDays: 3, alias: 'Orders', tags: [{ key: 'team', value: 'shop' }] };

const CREATE_WITH_EXISTING = withErrorFields(CREATE_LOG_STREAM, EXISTING);
const createLogStream = (input: object) =>
  gateway.resultOf(CREATE_WITH_EXISTING, { projectId, groupId, input });

/** LTS's clock is read to the second, and on a busy machine more may pass between two requests. */
const isAbout = (found: number, seconds: number) => found >= seconds - 1 && found <= seconds + 30;

describe('a create whose name is taken', () => {
  let id: string;
  const stored = () => lts.store.groupOf(groupId).streams.get(id)!;
  beforeEach(async () => {
    ({ logStreamId: id } = await createLogStream(STREAM));
  });

  test('that was sent twice finds that what exists is new, and as was asked', async () => {
    const { existedForSeconds, ...others } = await createLogStream(STREAM);
    expect(isAbout(existedForSeconds, 0)).toBe(true);
    expect(others).toMatchObject({
      kind: 'ALREADY_EXISTS',
      existingMatchesInput: true,
      existingLogStream: { id, name: 'orders', ttlInDays: 3 },
      existingLogGroup: null,
    });
  });

  test.each([
    ['a day', 86_400],
    ['a minute', 60],
  ])('finds that what exists is %s old', async (_, seconds) => {
    stored().creation_time -= seconds * 1_000;
    const { existedForSeconds, existingMatchesInput } = await createLogStream(STREAM);
    expect(isAbout(existedForSeconds, seconds)).toBe(true);
    expect(existingMatchesInput).toBe(true);
  });

  test.each([
    ['from the future', Date.now() + 3_600_000],
    ['older than 68 years', -62_135_596_800_000],
  ])('is told no age of what is %s', async (_, createdAt) => {
    stored().creation_time = createdAt;
    const noAge = { kind: 'ALREADY_EXISTS', existedForSeconds: null, existingLogStream: { id } };
    expect(await createLogStream(STREAM)).toMatchObject(noAge);
  });

  test.each([
    ['retention', { ttlInDays: 4 }],
    ['alias', { alias: 'Others' }],
    ['tag', { tags: [{ key: 'team', value: 'others' }] }],
  ])('finds that what exists has another %s', async (_, other) => {
    expect(await createLogStream({ ...STREAM, ...other })).toMatchObject({ existingMatchesInput: false });
  });

  test('cannot tell whose it is that has a tag more', async () => {
    stored().tag.added = 'by somebody';
    const cannotTell = { existingMatchesInput: null, existingLogStream: { id } };
    expect(await createLogStream(STREAM)).toMatchObject(cannotTell);
  });

  test('reads one list for all of it, and none if nothing of it is selected', async () => {
    lts.calls.clear();
    await createLogStream(STREAM);
    expect(Object.fromEntries(lts.calls)).toEqual({ CreateLogStream: 1, ListLogStream: 1 });
    lts.calls.clear();
    await gateway.send(CREATE_LOG_STREAM, { projectId, groupId, input: STREAM });
    expect(Object.fromEntries(lts.calls)).toEqual({ CreateLogStream: 1 });
  });
});

test('createLogGroup finds the log group that exists, with its log streams', async () => {
  const variables = { projectId, input: { name: 'web-shop', ttlInDays: 4 } };
  const document = withErrorFields(CREATE_LOG_GROUP, EXISTING);
  expect(await gateway.resultOf(document, variables)).toMatchObject({
    kind: 'ALREADY_EXISTS',
    existedForSeconds: expect.any(Number),
    existingMatchesInput: false,
    existingLogStream: null,
    existingLogGroup: { id: groupId, logStreams: [{ name: 'access' }] },
  });
});

describe('a create', () => {
  const LISTS = replyWith(200, listing([], [listedStream()]));
  const refuse = (error_code: string) => replyWith(400, { error_code });
  /** Of the log stream with the name `name` on the scripted server, which lists `s`. */
  const create = (name: string) =>
    onScripted.resultOf(CREATE_WITH_EXISTING, { projectId, groupId, input: { name, ttlInDays: 1 } });
  const lists = () => scripted.received.filter(({ method }) => method === 'GET');

  test('that is refused because of the name is looked up with the token of the caller', async () => {
    scripted.answer = replyToWrites(refuse('LTS.0205'), LISTS);
    expect(await create('s')).toMatchObject({ existingLogStream: { id: 's' } });
    expect(scripted.received.map(({ headers }) => headers['x-auth-token'])).toEqual([TOKEN, TOKEN]);
  });

  test.each([
    ['the list is refused', replyWith(403, { error_code: 'LTS.0003' })],
    ['the list is lost', hangUp],
    ['the list has no such name', LISTS],
  ])('that is refused because of the name has nulls, and no error, where %s', async (_what, list) => {
    scripted.answer = replyToWrites(refuse('LTS.0205'), list);
    expect(await create('a')).toMatchObject({ kind: 'ALREADY_EXISTS', ...NOTHING });
  });

  test('that is refused for another reason has nulls, which cost no call', async () => {
    scripted.answer = replyToWrites(refuse('LTS.0206'), LISTS);
    expect(await create('s')).toMatchObject({ kind: 'QUOTA_EXCEEDED', ...NOTHING });
    expect(lists()).toEqual([]);
  });

  test('whose reply is lost is told what had the name before', async () => {
    scripted.answer = replyToWrites(hangUp, LISTS);
    expect(await create('s')).toMatchObject({
      outcome: 'NOT_APPLIED',
      isRetryable: false,
      existingLogStream: { id: 's' },
    });
    expect(lists().length).toBeGreaterThan(1); // an early list is no proof
  });
});
