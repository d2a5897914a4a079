import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { CASES_FACTOR } from '../support/cases.ts';
import { CREATE_LOG_GROUP, CREATE_LOG_STREAM, UPDATE_LOG_STREAM } from '../support/operations.ts';
import { replyWith } from '../support/scripted-server.ts';
import { useGateway } from '../support/use-gateways.ts';

const IDS = { projectId: DEMO.projectId, groupId: DEMO.groupId };

interface InputError {
  path: string[];
  message: string;
}

const { gateway, scripted } = useGateway();
beforeEach(() => {
  scripted.answer = replyWith(201, { log_stream_id: 'id' });
});

const tagsOf = (count: number) => Array.from({ length: count }, (_, index) => ({ key: `key${index}` }));

test.each<[string, object]>([
  ['a name of one letter', { name: 'a' }],
  ['a Chinese name', { name: '日志流' }],
  ['a name of 64 Chinese characters outside the basic plane', { name: '𠀀'.repeat(64) }],
  ['a name with periods, underscores and hyphens inside', { name: '-a._b-' }],
  ['a retention of 1 day', { ttlInDays: 1 }],
  ['a retention of 365 days', { ttlInDays: 365 }],
  ['20 tags', { tags: tagsOf(20) }],
  ['an empty list of tags', { tags: [] }],
  ['every character that a tag may have', { tags: [{ key: 'Kä ключ 键 1_.:=+-@', value: ' x ' }] }],
  ['the longest tag', { tags: [{ key: 'k'.repeat(128), value: 'v'.repeat(255) }] }],
  ['an empty tag value', { tags: [{ key: 'k', value: '' }] }],
  ['the longest alias', { alias: 'é'.repeat(64) }],
  ['the longest enterprise project', { enterpriseProjectName: 'p'.repeat(255) }],
  ['every character that an enterprise project may have', { enterpriseProjectName: '_企业-Aa1' }],
])('createLogStream accepts %s', async (_what, input) => {
  const variables = { ...IDS, input: { name: 'a', ...input } };
  const { __typename } = await gateway.resultOf(CREATE_LOG_STREAM, variables);
  expect(__typename).toBe('LogStreamCreated');
});

describe('before any call to LTS, the gateway rejects', () => {
  afterEach(() => expect(scripted.received).toEqual([]));

  const CHARACTERS = 'Must be 1 to 64 characters long.';
  const NAME = 'Use only letters, Chinese characters, digits, hyphens, underscores and periods.';
  const PROJECT = 'Use only letters, Chinese characters, digits, hyphens and underscores.';
  const TAG = 'Use only letters, digits, spaces and _ . : = + - @.';
  const NAME_START = 'Must not start with a period or an underscore.';
  const DAYS = 'Must be 1 to 365 days.';
  const SPACE = 'Must not start or end with a space.';

  test.each<[string, object, Record<string, string>]>([
    ['an empty name', { name: '' }, { name: CHARACTERS }],
    ['a name of 65 characters', { name: 'x'.repeat(65) }, { name: CHARACTERS }],
    ['a name that starts with a period', { name: '.x' }, { name: NAME_START }],
    ['a name that starts with an underscore', { name: '_x' }, { name: NAME_START }],
    ['a name that ends with a period', { name: 'x.' }, { name: 'Must not end with a period.' }],
    ['a name with a space', { name: 'a b' }, { name: NAME }],
    ['a name that ends with a line break', { name: 'a\n' }, { name: NAME }],
    ['a retention of 0 days', { ttlInDays: 0 }, { ttlInDays: DAYS }],
    ['a retention of 366 days', { ttlInDays: 366 }, { ttlInDays: DAYS }],
    ['a retention of -1 days', { ttlInDays: -1 }, { ttlInDays: DAYS }],
    ['21 tags', { tags: tagsOf(21) }, { tags: 'At most 20 tags.' }],
    [
      'a tag key that occurs twice, at its second place',
      { tags: [{ key: 'k' }, { key: 'l' }, { key: 'k', value: 'v' }] },
      { 'tags.2.key': 'Tag keys must be unique.' },
    ],
    ['a tag key that starts with a space', { tags: [{ key: 'ok' }, { key: ' k' }] }, { 'tags.1.key': SPACE }],
    ['a tag key that ends with a space', { tags: [{ key: 'k ' }] }, { 'tags.0.key': SPACE }],
    ['a system tag', { tags: [{ key: '_sys_x' }] }, { 'tags.0.key': 'Must not start with _sys_.' }],
    ['an empty tag key', { tags: [{ key: '' }] }, { 'tags.0.key': 'Must be 1 to 128 characters long.' }],
    [
      'a tag value of 256 characters',
      { tags: [{ key: 'k', value: 'v'.repeat(256) }] },
      { 'tags.0.value': 'Must be at most 255 characters long.' },
    ],
    ['a tag value with a slash', { tags: [{ key: 'k', value: 'a/b' }] }, { 'tags.0.value': TAG }],
    [
      'an enterprise project with a period in its name',
      { enterpriseProjectName: 'a.b' },
      { enterpriseProjectName: PROJECT },
    ],
    [
      'an enterprise project with default in its name',
      { enterpriseProjectName: 'my-DeFault-1' },
      { enterpriseProjectName: 'Must not contain the word default.' },
    ],
    [
      'several values at once',
      { name: '', ttlInDays: 999, alias: '', enterpriseProjectName: '' },
      {
        name: CHARACTERS,
        ttlInDays: DAYS,
        alias: CHARACTERS,
        enterpriseProjectName: 'Must be 1 to 255 characters long.',
      },
    ],
  ])('%s', async (_what, input, expected) => {
    const variables = { ...IDS, input: { name: 'a', ...input } };
    const { data, headers } = await gateway.send(CREATE_LOG_STREAM, variables);
    const { inputErrors, ...error } = data.createLogStream;
    expect(error).toMatchObject({
      code: 'GATEWAY.INVALID_INPUT',
      message: 'Some values are not valid.',
      localizedMessage: 'Some values are not valid. Check what you have entered.',
      kind: 'INVALID_INPUT',
      outcome: 'NOT_APPLIED',
      isRetryable: false,
      httpStatus: null,
      requestId: headers.get('x-request-id'),
    });
    const problems = inputErrors.map(({ path, message }: InputError) => [path.join('.'), message]);
    expect(problems).toHaveLength(Object.keys(expected).length);
    for (const [path, message] of Object.entries(expected))
      expect(problems).toContainEqual([`input.${path}`, message]);
  });

  test.each(['..', '.', '', 'a/b', 'a%2fb', 'a?b', 'ä', 'x'.repeat(65), 'a\n'])('the ID %j', async (id) => {
    const variables = { projectId: id, groupId: id, input: { name: 'a' } };
    const { inputErrors } = await gateway.resultOf(CREATE_LOG_STREAM, variables);
    const message = 'Must be 1 to 64 letters, digits, hyphens or underscores.';
    expect(inputErrors).toHaveLength(2);
    for (const path of [['projectId'], ['groupId']]) expect(inputErrors).toContainEqual({ path, message });
  });

  test.each<[string, string, object, string[]]>([
    [
      'createLogGroup',
      CREATE_LOG_GROUP,
      { name: '.x', ttlInDays: 366, alias: '', tags: [{ key: ' ' }], enterpriseProjectId: 'a&b' },
      ['alias', 'enterpriseProjectId', 'name', 'tags.0.key', 'ttlInDays'],
    ],
    [
      'updateLogStream',
      UPDATE_LOG_STREAM,
      { ttlInDays: 0, tags: [{ key: 'k' }, { key: 'k' }] },
      ['tags.1.key', 'ttlInDays'],
    ],
  ])('each wrong value of %s', async (_mutation, document, input, fields) => {
    const { inputErrors } = await gateway.resultOf(document, { ...IDS, streamId: 's', input });
    const paths = inputErrors.map(({ path }: InputError) => path.join('.'));
    expect(paths.sort()).toEqual(fields.map((field) => `input.${field}`));
  });
});

describe('the gateway returns BAD_USER_INPUT with the path, but without the value, for', () => {
  const NOT_WHOLE = 'Int cannot represent non-integer values.';
  const NO_NAME = 'Field "name" of required type "String!" was not provided.';
  const NO_FIT = 'Does not fit type CreateLogStreamInput!.';

  test.each<[string, unknown, string, string]>([
    ['a retention of 1.5 days', { name: 'a', ttlInDays: 1.5 }, 'input.ttlInDays', NOT_WHOLE],
    ['an input without a name', {}, 'input', NO_NAME],
    ['an unknown field', { name: 'a', sekret: 's3cr3t' }, 'input', NO_FIT],
    ['a tag key of null', { name: 'a', tags: [{ key: null }] }, 'input.tags.0.key', NO_FIT],
    ['a string for the input', 's3cr3t', 'input', NO_FIT],
    ['a missing input', undefined, 'input', 'Required, of type CreateLogStreamInput!.'],
  ])('%s', async (_what, input, path, message) => {
    const { status, errors, text } = await gateway.send(CREATE_LOG_STREAM, { ...IDS, input });
    expect(status).toBe(400);
    const inputErrors = [{ path: path.split('.'), message }];
    expect(errors[0].extensions).toMatchObject({ code: 'BAD_USER_INPUT', inputErrors });
    expect(text).not.toMatch(/1\.5|s3cr3t/);
  });
});

/** Any character. The unit `binary` of fast-check is the same, but takes a second of CPU to build. */
const unit = fc
  .oneof(fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));

test('createLogStream names the field of a name that it rejects, and does not repeat the name', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit, minLength: 4, maxLength: 80 }), async (name) => {
      const { data, text } = await gateway.send(CREATE_LOG_STREAM, { ...IDS, input: { name } });
      const answer = data.createLogStream;
      if (answer.__typename === 'LogStreamCreated') {
        expect(name).toMatch(/^(?![._])[A-Za-z0-9\p{Script=Han}._-]{1,64}(?<!\.)$/u);
      } else {
        expect(answer.inputErrors).toEqual([{ path: ['input', 'name'], message: expect.any(String) }]);
        expect(text).not.toContain(JSON.stringify(name).slice(1, -1));
      }
    }),
    { numRuns: 40 * CASES_FACTOR },
  );
}, 60_000);
