import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { LIMITS } from '../../src/limits.ts';
import { KIND_TABLE } from '../../src/lts/reply.ts';
import { TOKEN } from '../support/gateway.ts';
import { CREATE_LOG_GROUP, CREATE_LOG_STREAM, LOG_GROUPS, UPDATE_LOG_STREAM } from '../support/operations.ts';
import {
  type Answer,
  hangUp,
  listedGroup,
  listedStream,
  listing,
  replyToWrites,
  replyWith,
} from '../support/scripted-server.ts';
import { useGateway, useGateways } from '../support/use-gateways.ts';

const EN = JSON.parse(readFileSync('src/messages/en.json', 'utf8'));
const ZH = JSON.parse(readFileSync('src/messages/zh-Hans.json', 'utf8'));
const ORIGIN = 'https://app.example.com';
const IDS = { projectId: DEMO.projectId, groupId: DEMO.groupId };
const NEW = { ...IDS, input: { name: 'orders', ttlInDays: 7 } };
const IN_CHINESE = { 'x-auth-token': TOKEN, 'accept-language': 'zh-CN,zh;q=0.9,en;q=0.8' };
const IN_ENGLISH = { 'x-auth-token': TOKEN, 'accept-language': 'en-GB' };

const { gateway, scripted } = useGateway();
const startGateway = useGateways();

const failWith = (status: number, error_code: string, error_msg: string) =>
  replyWith(status, { error_code, error_msg });

describe('Accept-Language', () => {
  test.each<[string, string]>([
    ['*', 'en'],
    ['', 'en'],
    ['zh', 'zh-Hans'],
    ['zh-CN', 'zh-Hans'],
    ['ZH-cn', 'zh-Hans'],
    ['zh-Hans', 'zh-Hans'],
    ['zh-Hans-CN', 'zh-Hans'],
    ['zh-TW', 'zh-Hans'],
    ['zh-Hant-HK', 'zh-Hans'],
    ['en-US', 'en'],
    ['fr', 'en'],
    ['zha', 'en'],
    ['fr-CA,zh;q=0.5', 'zh-Hans'],
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh-Hans'],
    ['en;q=0.8,zh-CN', 'zh-Hans'],
    ['en-US,zh;q=0.9,en;q=0.7', 'en'],
    ['zh;q=0.4,en;q=0.5', 'en'],
    ['zh;q=0', 'en'],
    ['zh;q=0,*', 'en'],
    ['*,zh;q=0.5', 'en'],
    ['zh;q=high', 'en'],
    ['-', 'en'],
    ['----', 'en'],
    ['zh-', 'en'],
    [';;;,;q=1;=', 'en'],
    ['__proto__,constructor', 'en'],
  ])('%j is answered in %s', async (header, language) => {
    const { headers, errors } = await gateway.send(LOG_GROUPS, IDS, { 'accept-language': header });
    expect(headers.get('content-language')).toBe(language);
    expect(errors[0].extensions.localizedMessage).toBe(
      (language === 'en' ? EN : ZH)['code.GATEWAY.UNAUTHENTICATED'],
    );
  });

  const { acceptLanguageCharacters } = LIMITS;
  test.each<[string, string, string]>([
    ['at the limit is read', `zh,${'x'.repeat(acceptLanguageCharacters - 3)}`, 'zh-Hans'],
    ['beyond the limit is not read', `zh,${'x'.repeat(acceptLanguageCharacters - 2)}`, 'en'],
    ['of thousands of ranges is not read', Array.from({ length: 5_000 }, () => 'zh').join(), 'en'],
  ])('%s', async (_what, header, language) => {
    const { status, headers } = await gateway.send('{ __typename }', {}, { 'accept-language': header });
    expect(status).toBe(200);
    expect(headers.get('content-language')).toBe(language);
  });

  test('that is not sent means English', async () => {
    const url = `${gateway.url}/graphql?query={__typename}`;
    const [response] = (await once(
      get(url, { headers: { 'apollo-require-preflight': '1' } }),
      'response',
    )) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-language']).toBe('en');
  });
});

describe('a person who reads Chinese reads', () => {
  const create = (document: string, variables: object) => gateway.resultOf(document, variables, IN_CHINESE);

  test('that a name is taken, while `message` stays that of LTS', async () => {
    scripted.answer = failWith(400, 'LTS.0205', 'The log stream name has been existed');
    expect(await create(CREATE_LOG_STREAM, NEW)).toMatchObject({
      message: 'The log stream name has been existed',
      localizedMessage: '日志流名称已存在，请更换名称。',
    });
  });

  test('what is wrong with each value, several sentences without a space between them', async () => {
    const input = {
      name: `${'x'.repeat(64)}!`,
      ttlInDays: 0,
      alias: '',
      enterpriseProjectName: 'x'.repeat(256),
      tags: [
        { key: '_sys_a', value: 'x'.repeat(256) },
        { key: 'b' },
        { key: 'b' },
        { key: ' c' },
        { key: '#' },
      ],
    };
    const { localizedMessage, message, inputErrors } = await create(CREATE_LOG_STREAM, { ...NEW, input });
    expect(message).toBe('Some values are not valid.');
    expect(localizedMessage).toBe(ZH['code.GATEWAY.INVALID_INPUT']);
    expect(
      Object.fromEntries(inputErrors.map(({ path, message }: any) => [path.slice(1).join('.'), message])),
    ).toEqual({
      name: expect.stringMatching(/^(长度须为1~64个字符。|只支持英文字母、中文字符、[^。]+。){2}$/),
      ttlInDays: '存储时间须为1~365天。',
      alias: '长度须为1~64个字符。',
      enterpriseProjectName: '长度须为1~255个字符。',
      'tags.0.key': '不能以 _sys_ 开头。',
      'tags.0.value': '长度不能超过255个字符。',
      'tags.2.key': '标签键不能重复。',
      'tags.3.key': '首尾不能有空格。',
      'tags.4.key': '只支持字母、汉字、数字、空格和 _ . : = + - @。',
    });
  });

  test('how many of the problems are listed', async () => {
    const tags = Array.from({ length: 20 }, (_, index) => ({ key: '_sys_', value: `#${index}` }));
    const { localizedMessage } = await create(CREATE_LOG_STREAM, { ...NEW, input: { name: '', tags } });
    expect(localizedMessage).toMatch(/^部分内容不符合要求，请检查后重新提交。共有60处问题，此处列出50处。$/);
  });

  test('that the retention is needed where LTS does not report it', async () => {
    scripted.answer = replyWith(200, listing([], [listedStream({ ttl_in_days: undefined })]));
    const { inputErrors } = await create(UPDATE_LOG_STREAM, { ...IDS, streamId: 's', input: { tags: [] } });
    expect(inputErrors).toEqual([{ path: ['input', 'ttlInDays'], message: ZH['rule.retentionNeeded'] }]);
  });

  const WAS_THERE = replyWith(
    200,
    listing([listedGroup({ log_group_name: 'orders' })], [listedStream({ log_stream_name: 'orders' })]),
  );
  test.each<[string, string, Answer, boolean, string]>([
    [
      'that nothing was created, and to try again',
      CREATE_LOG_STREAM,
      replyToWrites(hangUp),
      true,
      '本次未创建任何内容。请稍后重试。',
    ],
    [
      'that a log stream of that name had been there before',
      CREATE_LOG_STREAM,
      replyToWrites(hangUp, WAS_THERE),
      false,
      '本次未创建日志流：此前已有同名的日志流。',
    ],
    [
      'that a log group of that name had been there before',
      CREATE_LOG_GROUP,
      replyToWrites(hangUp, WAS_THERE),
      false,
      '本次未创建日志组：此前已有同名的日志组。',
    ],
    [
      'that it is unknown whether the log stream was created, and not to simply try again',
      CREATE_LOG_STREAM,
      hangUp,
      false,
      '无法确认日志流是否已创建，请先查看日志流列表，再决定是否重试。',
    ],
    [
      'that it is unknown whether the log group was created, and not to simply try again',
      CREATE_LOG_GROUP,
      hangUp,
      false,
      '无法确认日志组是否已创建，请先查看日志组列表，再决定是否重试。',
    ],
  ])('%s', async (_what, document, answer, isRetryable, sentence) => {
    scripted.answer = answer;
    const localizedMessage = `暂时无法连接云日志服务。${sentence}`;
    expect(await create(document, NEW)).toMatchObject({ isRetryable, localizedMessage });
  });

  test('the failures of a query, each with its own values at fault', async () => {
    scripted.answer = failWith(403, 'LTS.0003', 'No permission.');
    const document = `query ($projectId: ID!) {
      bad: logGroups(projectId: "a/b") { id }
      good: logGroups(projectId: $projectId) { id }
    }`;
    const { errors } = await gateway.send(document, IDS, IN_CHINESE);
    const errorOf = (field: string) => errors.find(({ path }: { path: string[] }) => path[0] === field);
    expect(errors).toHaveLength(2);
    expect(errorOf('bad')).toMatchObject({
      message: 'Some values are not valid.',
      extensions: {
        localizedMessage: ZH['code.GATEWAY.INVALID_INPUT'],
        inputErrors: [{ path: ['projectId'], message: ZH['rule.plainId'] }],
      },
    });
    expect(errorOf('good')).toMatchObject({
      message: 'No permission.',
      extensions: { localizedMessage: ZH['kind.FORBIDDEN'] },
    });
    expect(errorOf('good').extensions).not.toHaveProperty('inputErrors');
  });

  test.each([
    ['variables of the wrong type', LOG_GROUPS, 'BAD_USER_INPUT'],
    ['a document that is too large', `{ ${'__typename '.repeat(1_001)} }`, 'LIMIT_EXCEEDED'],
  ])('a sentence about %s', async (_what, document, code) => {
    const { errors, headers } = await gateway.send(document, {}, IN_CHINESE);
    expect(errors[0].extensions).toMatchObject({ code, localizedMessage: ZH[`error.${code}`] });
    expect(headers.get('content-language')).toBe('zh-Hans');
  });
});

describe('whatever LTS replies, the text for people is from the catalogue:', () => {
  const ERROR_MSG = 'The log stream name has been existed';
  const statusOf = ({ status }: (typeof KIND_TABLE)[number]) =>
    typeof status === 'object' ? status[1] : (status ?? 400);
  const replies = [
    ...KIND_TABLE.map((row) => [row.code ?? 'LTS.9999', statusOf(row)] as const),
    ...['LTS.0001', 'LTS.0002', 'LTS.0003'].flatMap((code) =>
      [400, 401, 403].map((status) => [code, status] as const),
    ),
    ['LTS.0106', 400] as const,
    ['LTS.0208', 404] as const,
    ['__proto__', 418] as const,
  ];

  test.each(replies)('%s with HTTP %s', async (code, status) => {
    scripted.answer = replyToWrites(failWith(status, code, ERROR_MSG));
    for (const [headers, catalogue] of [
      [IN_ENGLISH, EN],
      [IN_CHINESE, ZH],
    ] as const) {
      const { data } = await gateway.send(CREATE_LOG_STREAM, NEW, headers);
      const { kind, message, localizedMessage, isRetryable } = data.createLogStream;
      const what = catalogue[`code.${code}`] ?? catalogue[`kind.${kind}`];
      const outcome = message.endsWith(EN['outcome.nothingCreated'])
        ? [catalogue['outcome.nothingCreated']]
        : [];
      const advice = isRetryable ? [catalogue.tryAgain] : [];
      expect(localizedMessage).toBe([what, ...outcome, ...advice].join(catalogue.separator));
      expect(localizedMessage).not.toContain(ERROR_MSG);
    }
  });

  test('codes whose meaning depends on the status, or on the cloud, have no sentence of their own', () => {
    for (const code of ['LTS.0001', 'LTS.0002', 'LTS.0003', 'LTS.0208'])
      expect(EN).not.toHaveProperty([`code.${code}`]);
  });
});

describe('Vary', () => {
  test('is Accept-Language on responses with data', async () => {
    const { headers } = await gateway.send('{ __typename }', {}, IN_CHINESE);
    expect(headers.get('vary')).toBe('Accept-Language');
    expect(headers.get('content-language')).toBe('zh-Hans');
  });

  test('is one header for both the language and the origin, also of a refusal', async () => {
    const open = await startGateway(scripted.url, { production: true, rateLimit: 2, corsOrigins: [ORIGIN] });
    const ofPages: Record<string, string>[] = [
      { origin: ORIGIN },
      { origin: 'https://other.example.com' },
      {},
    ];
    for (const [index, headers] of ofPages.entries()) {
      const response = await open.send('{ __typename }', {}, headers);
      expect(response.status).toBe(index < 2 ? 200 : 429);
      expect(response.headers.get('vary')).toBe('Accept-Language, Origin');
    }
    const preflight = await fetch(`${open.url}/graphql`, {
      method: 'OPTIONS',
      headers: { origin: ORIGIN, 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers.get('vary')).toBe('Accept-Language, Origin');
  });

  test('is not sent with probes', async () => {
    const probe = await fetch(`${gateway.url}/livez`);
    expect(probe.headers.get('vary')).toBeNull();
    expect(probe.headers.get('content-language')).toBeNull();
  });
});
