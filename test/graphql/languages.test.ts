import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { LIMITS } from '../../src/limits.ts';
import { KIND_TABLE } from '../../src/lts/reply.ts';
import { TOKEN } from '../support/gateway.ts';
import { CREATE_LOG_GROUP, CREATE_LOG_STREAM, LOG_GROUPS } from '../support/operations.ts';
import {
  type Answer,
  failWith,
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

describe('Accept-Language', () => {
  const { acceptLanguageCharacters } = LIMITS;

  test.each<[string, string, string[]]>([
    ['for Chinese of any region', 'zh-Hans', ['zh', 'zh-CN', 'ZH-cn', 'zh-Hans', 'zh-Hans-CN']],
    ['for Chinese in another script', 'zh-Hans', ['zh-TW', 'zh-Hant-HK']],
    ['that prefers Chinese', 'zh-Hans', ['zh-CN,zh;q=0.9,en;q=0.8', 'en;q=0.8,zh-CN']],
    ['that prefers a language that is not spoken', 'zh-Hans', ['fr-CA,zh;q=0.5']],
    ['that prefers English', 'en', ['en-US', 'en-US,zh;q=0.9,en;q=0.7', 'zh;q=0.4,en;q=0.5']],
    ['that excludes Chinese', 'en', ['zh;q=0', 'zh;q=0,*']],
    ['for any language', 'en', ['*', '', '*,zh;q=0.5']],
    ['for a language that is not spoken', 'en', ['fr', 'zha']],
    ['that cannot be read', 'en', ['zh;q=high', '-', '----', 'zh-', ';;;,;q=1;=']],
    ['with names that objects have', 'en', ['__proto__,constructor']],
    ['at the limit of characters', 'zh-Hans', [`zh,${'x'.repeat(acceptLanguageCharacters - 3)}`]],
    ['beyond the limit of characters', 'en', [`zh,${'x'.repeat(acceptLanguageCharacters - 2)}`]],
    ['of thousands of ranges', 'en', ['zh,'.repeat(5_000)]],
  ])('%s is answered in %s', async (_what, language, ranges) => {
    const localizedMessage = (language === 'en' ? EN : ZH)['code.GATEWAY.UNAUTHENTICATED'];
    for (const range of ranges) {
      const { headers, errors } = await gateway.send(LOG_GROUPS, IDS, { 'accept-language': range });
      const answered = { range, language: headers.get('content-language'), ...errors[0].extensions };
      expect(answered).toMatchObject({ range, language, localizedMessage });
      expect(headers.get('vary')).toBe('Accept-Language');
    }
  });

  test('that is not sent means English', async () => {
    const url = `${gateway.url}/graphql?query={__typename}`;
    const sent = get(url, { headers: { 'apollo-require-preflight': '1' } });
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-language']).toBe('en');
  });
});

describe('a person who reads Chinese reads', () => {
  const create = (document: string, variables: object) => gateway.resultOf(document, variables, IN_CHINESE);

  test('what is wrong with a value, several sentences without a space between them', async () => {
    const input = { name: `${'x'.repeat(64)}!` };
    const { localizedMessage, message, inputErrors } = await create(CREATE_LOG_STREAM, { ...NEW, input });
    expect(message).toBe('Some values are not valid.');
    expect(localizedMessage).toBe(ZH['code.GATEWAY.INVALID_INPUT']);
    expect(inputErrors).toEqual([
      {
        path: ['input', 'name'],
        message: expect.stringMatching(/^(长度须为1~64个字符。|只支持英文字母、中文字符、[^。]+。){2}$/),
      },
    ]);
  });

  const WAS_THERE = replyWith(
    200,
    listing([listedGroup({ log_group_name: 'orders' })], [listedStream({ log_stream_name: 'orders' })]),
  );
  test.each<[string, string, Answer]>([
    ['outcome.logStream.existed', CREATE_LOG_STREAM, WAS_THERE],
    ['outcome.logGroup.existed', CREATE_LOG_GROUP, WAS_THERE],
    ['outcome.logStream.unknown', CREATE_LOG_STREAM, hangUp],
    ['outcome.logGroup.unknown', CREATE_LOG_GROUP, hangUp],
  ])('what became of a create whose reply is lost: %s', async (outcome, document, lists) => {
    scripted.answer = replyToWrites(hangUp, lists);
    const localizedMessage = ZH['kind.UNAVAILABLE'] + ZH[outcome];
    expect(await create(document, NEW)).toMatchObject({ isRetryable: false, localizedMessage });
  });

  test('the failures of a query, each with its own values at fault', async () => {
    scripted.answer = failWith(403, 'LTS.0003', 'No permission.');
    const query = '{ bad: logGroups(projectId: "a/b") { id } good: logGroups(projectId: "p") { id } }';
    const { errors } = await gateway.send(query, {}, IN_CHINESE);
    const errorOf = (field: string) => errors.find(({ path }: { path: string[] }) => path[0] === field);
    const inputErrors = [{ path: ['projectId'], message: ZH['rule.plainId'] }];
    const invalid = { localizedMessage: ZH['code.GATEWAY.INVALID_INPUT'], inputErrors };
    expect(errorOf('bad')).toMatchObject({ message: 'Some values are not valid.', extensions: invalid });
    const forbidden = { localizedMessage: ZH['kind.FORBIDDEN'] };
    expect(errorOf('good')).toMatchObject({ message: 'No permission.', extensions: forbidden });
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
    scripted.answer = replyToWrites(replyWith(status, { error_code: code, error_msg: ERROR_MSG }));
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
      expect(message).toContain(ERROR_MSG);
    }
  });

  test('codes whose meaning depends on the status, or on the cloud, have no sentence of their own', () => {
    for (const code of ['LTS.0001', 'LTS.0002', 'LTS.0003', 'LTS.0208'])
      expect(EN).not.toHaveProperty([`code.${code}`]);
  });
});

describe('Vary', () => {
  test('is one header for both the language and the origin, also of a refusal', async () => {
    const open = await startGateway(scripted.url, { production: true, rateLimit: 2, corsOrigins: [ORIGIN] });
    const pages: [number, Record<string, string>][] = [
      [200, { origin: ORIGIN }],
      [200, { origin: 'https://other.example.com' }],
      [429, {}],
    ];
    for (const [status, headers] of pages) {
      const response = await open.send('{ __typename }', {}, headers);
      expect(response.status).toBe(status);
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
