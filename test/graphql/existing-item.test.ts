import { beforeEach, describe, expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { CREATE_LOG_GROUP, CREATE_LOG_STREAM, withErrorFields } from '../support/operations.ts';
import { useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const { projectId, groupId } = DEMO;
const { gateway, lts } = useGatewayOnEmbeddedLts();

const EXISTING = 'existedForSeconds existingMatchesInput existingLogStream { id } existingLogGroup { id }';
const STREAM = { name: 'orders', ttlInDays: 3, alias: 'Orders', tags: [{ key: 'team', value: 'shop' }] };
const GROUP = { name: 'orders', ttlInDays: 3 };

const createLogStream = (input: object, errorFields = EXISTING) =>
  gateway.resultOf(withErrorFields(CREATE_LOG_STREAM, errorFields), { projectId, groupId, input });
const createLogGroup = (input: object) =>
  gateway.resultOf(withErrorFields(CREATE_LOG_GROUP, EXISTING), { projectId, input });

/** LTS's clock is read to the second, and on a busy machine more may pass between two requests. */
const isAbout = (found: number, seconds: number) => found >= seconds - 1 && found <= seconds + 30;

describe('a create whose name is taken', () => {
  let id: string;
  const stored = () => {
    const stream = lts.store.groupOf(groupId).streams.get(id);
    if (stream === undefined) throw new Error('not stored');
    return stream;
  };
  beforeEach(async () => {
    ({ logStreamId: id } = await createLogStream(STREAM));
  });

  test('that was sent twice finds that what exists is new, and as was asked', async () => {
    const { existedForSeconds, ...others } = await createLogStream(STREAM);
    expect(isAbout(existedForSeconds, 0)).toBe(true);
    expect(others).toMatchObject({
      kind: 'ALREADY_EXISTS',
      existingMatchesInput: true,
      existingLogStream: { id },
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
    expect(await createLogStream(STREAM)).toMatchObject({
      kind: 'ALREADY_EXISTS',
      existedForSeconds: null,
      existingLogStream: { id },
    });
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
    expect(await createLogStream(STREAM)).toMatchObject({
      existingMatchesInput: null,
      existingLogStream: { id },
    });
  });

  test('reads one list for all of it, and none if nothing of it is selected', async () => {
    const lists = () => lts.calls.get('ListLogStream') ?? 0;
    const before = lists();
    await createLogStream(STREAM, 'code');
    expect(lists()).toBe(before);
    await createLogStream(STREAM);
    expect(lists()).toBe(before + 1);
  });

  test('has nulls where the list cannot be read', async () => {
    const fault = { kind: 'badGateway', when: 'before', operation: 'ListLogStream' } as const;
    lts.faults.failNext(fault, fault);
    expect(await createLogStream(STREAM)).toMatchObject({
      kind: 'ALREADY_EXISTS',
      existedForSeconds: null,
      existingMatchesInput: null,
      existingLogStream: null,
      existingLogGroup: null,
    });
  });
});

test('createLogGroup finds the log group that exists', async () => {
  const { logGroupId: id } = await createLogGroup(GROUP);
  expect(await createLogGroup({ ...GROUP, ttlInDays: 4 })).toMatchObject({
    kind: 'ALREADY_EXISTS',
    existedForSeconds: expect.any(Number),
    existingMatchesInput: false,
    existingLogStream: null,
    existingLogGroup: { id },
  });
});

test('a create that fails for another reason has nulls', async () => {
  expect(await createLogStream({ name: '.' })).toMatchObject({
    kind: 'INVALID_INPUT',
    existedForSeconds: null,
    existingMatchesInput: null,
    existingLogStream: null,
  });
});
