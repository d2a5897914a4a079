import { beforeEach, describe, expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import type { NewLog } from '../../src/embedded-lts/stream-logs.ts';
import { refusal, STREAMS } from '../support/call-lts.ts';
import { useEmbeddedLts } from '../support/use-gateways.ts';

const { lts, call } = useEmbeddedLts();
/** A log stream with the logs of the test alone. */
let streamId: string;

beforeEach(() => {
  lts.store.isGrowing = false;
  streamId = lts.store.addStream(lts.store.groupOf(DEMO.groupId), { log_stream_name: 's' }).log_stream_id;
});

const post = (path: string, body: unknown) => call('POST', path, body);

const START = Date.UTC(2026, 0, 31, 12);
const SECOND = 1_000;
const DAY = 24 * 60 * 60 * SECOND;
const RANGE = { start_time: START, end_time: START + 100 * SECOND };
const LINE = '1'.repeat(19);

/** One log a second, from START on. */
const write = (...logs: (string | NewLog)[]) =>
  lts.store.addLogs(
    streamId,
    logs.map((log, index) => ({
      at: START + index * SECOND,
      ...(typeof log === 'string' ? { content: log } : log),
    })),
  );
const query = (body: object) => post(`${STREAMS}/${streamId}/content/query`, body);
const contents = async (body: object): Promise<string[]> =>
  (await query({ ...RANGE, highlight: false, ...body })).body.logs.map((log: NewLog) => log.content);
const context = (body: object) => post(`${STREAMS}/${streamId}/context`, body);
const histogram = (body: object) =>
  post(`/v2/${DEMO.projectId}/lts/keyword-count`, {
    ...RANGE,
    group_id: DEMO.groupId,
    stream_id: streamId,
    key_word: '',
    step_interval: 25 * SECOND,
    ...body,
  });

const WRONG_BODY = refusal(400, 'LTS.0009', 'Failed to validate the request body');

describe('ListLogs', () => {
  test('lists logs with their lines and labels, and counts all that match', async () => {
    write({ content: 'a', labels: { hostName: 'x', appName: 'shop' } }, 'b', 'c');
    expect(await query({ ...RANGE, limit: 2, is_count: true })).toMatchObject({
      status: 200,
      body: {
        count: 3,
        logs: [
          { content: 'a', line_num: `${START}000000`, labels: { hostName: 'x', appName: 'shop' } },
          { content: 'b', line_num: `${START + SECOND}000000`, labels: {} },
        ],
        isQueryComplete: true,
      },
    });
    expect((await query(RANGE)).body).not.toHaveProperty('count');
  });

  test('lists the range with its ends, given as numbers or texts, and 50 logs by default', async () => {
    write(...Array.from({ length: 80 }, (_, index) => `${index}`));
    const range = { start_time: START + SECOND, end_time: `${START + 3 * SECOND}` };
    expect(await contents(range)).toEqual(['1', '2', '3']);
    expect(await contents({})).toHaveLength(50);
    expect(await contents({ limit: '60' })).toHaveLength(60);
  });

  // The samples of LTS's page, which start from log 5.
  test.each([
    [false, 'forwards', ['6', '7', '8']],
    ['true', 'backwards', ['8', '7', '6']],
    ['false', 'backwards', ['2', '3', '4']],
    [true, 'forwards', ['4', '3', '2']],
  ])('pages from a line with is_desc %s %s', async (is_desc, search_type, expected) => {
    write(...Array.from({ length: 10 }, (_, index) => `${index + 1}`));
    const line_num = `${START + 4 * SECOND}000000`;
    expect(await contents({ line_num, is_desc, search_type, limit: '3' })).toEqual(expected);
  });

  test('gives logs of the same time lines of their own, in the order of their arrival', async () => {
    write({ content: 'a', at: START }, { content: 'later', at: START + 1 });
    write({ content: 'b', at: START }, { content: 'c', at: START });
    const { logs } = (await query(RANGE)).body;
    expect(logs.map((log: NewLog) => log.content)).toEqual(['a', 'b', 'c', 'later']);
    expect(logs[2].line_num).toBe(`${START}000002`);
  });

  test('lists the logs that have all labels', async () => {
    write({ content: 'a', labels: { k: '1', l: '1' } }, { content: 'b', labels: { k: '1' } }, 'c');
    expect(await contents({ labels: { k: '1' } })).toEqual(['a', 'b']);
    expect(await contents({ labels: { k: '1', l: '1' } })).toEqual(['a']);
  });

  test.each([
    ['error', ['ERROR: no stock', 'the error']],
    ['ERROR stock', ['ERROR: no stock']],
    ['stock and error', ['ERROR: no stock']],
    ['this or stock', ['ERROR: no stock', 'this and that']],
    ['error not stock', ['the error']],
    ['not error', ['errors', 'this and that', 'GET /a.b*?x=1', '订单支付失败']],
    ['err*', ['ERROR: no stock', 'the error', 'errors']],
    ['*rro* or g*', ['ERROR: no stock', 'the error', 'errors', 'GET /a.b*?x=1']],
    ['#"and"', ['this and that']],
    ['#"no stock"', ['ERROR: no stock']],
    ['#"stock no"', []],
    ['#"R: no"', []],
    ['a.b*', ['GET /a.b*?x=1']],
    ['/a.b*?', ['GET /a.b*?x=1']],
    ['err', []],
    ['支付', ['订单支付失败']],
    ['"', ['ERROR: no stock', 'the error', 'errors', 'this and that', 'GET /a.b*?x=1', '订单支付失败']],
  ])('finds %s', async (keywords, expected) => {
    write('ERROR: no stock', 'the error', 'errors', 'this and that', 'GET /a.b*?x=1', '订单支付失败');
    expect(await contents({ keywords })).toEqual(expected);
  });

  test('highlights all words and phrases by default', async () => {
    write('No stock: ERROR, error in stock');
    const found = async (keywords: string) => (await query({ ...RANGE, keywords })).body.logs[0].content;
    expect(await found('error')).toBe(
      'No stock: <HighLightTag>ERROR</HighLightTag>, <HighLightTag>error</HighLightTag> in stock',
    );
    expect(await found('stock and #"no stock"')).toBe(
      '<HighLightTag>No stock</HighLightTag>: ERROR, error in <HighLightTag>stock</HighLightTag>',
    );
    expect(await found('')).toBe('No stock: ERROR, error in stock');
  });

  test('accepts 180 days, and what has no effect here', async () => {
    const ignored = {
      __time__: '1',
      scroll_id: 'x',
      is_iterative: true,
      query: '',
      is_analysis_query: false,
    };
    const range = { start_time: START, end_time: START + 180 * DAY };
    expect((await query({ ...range, ...ignored })).status).toBe(200);
  });

  test('refuses the 101st call in a minute for one log stream', async () => {
    for (let count = 1; count <= 100; count += 1) expect((await query(RANGE)).status).toBe(200);
    const { status, body, requestId } = await query(RANGE);
    const error_msg = 'The throttling threshold has been reached.';
    expect([status, body]).toEqual([429, { error_code: 'APIGW.0308', error_msg, request_id: requestId }]);
    expect((await post(`${STREAMS}/${DEMO.streamId}/content/query`, RANGE)).status).toBe(200);
    expect((await histogram({})).status).toBe(200);
  });

  test('begins to count again after a minute, and after a reset', async () => {
    const read = () => lts.store.takeLogRead(DEMO.streamId);
    const isRefused = () => {
      for (let count = 1; count <= 100; count += 1) expect(read()).toBe(true);
      return !read();
    };
    const clock = performance.now;
    try {
      expect(isRefused()).toBe(true);
      performance.now = () => clock.call(performance) + 60 * SECOND;
      expect(isRefused()).toBe(true);
      lts.store.reset();
      expect(isRefused()).toBe(true);
    } finally {
      performance.now = clock;
    }
  });
});

describe('ListLogHistogram', () => {
  test('counts the logs in steps from the start; the last ends with the range', async () => {
    write(
      'an error',
      'b',
      { content: 'error', at: START + 25 * SECOND },
      { content: 'error', at: RANGE.end_time },
    );
    const { status, body } = await histogram({ key_word: 'error', step_interval: 30 * SECOND });
    expect(status).toBe(200);
    expect(body).toEqual({ count: 3, histogram: expect.any(String), isQueryComplete: true });
    expect(JSON.parse(body.histogram)).toEqual([
      { num: 2, startTime: START, endTime: START + 30 * SECOND },
      { num: 0, startTime: START + 30 * SECOND, endTime: START + 60 * SECOND },
      { num: 0, startTime: START + 60 * SECOND, endTime: START + 90 * SECOND },
      { num: 1, startTime: START + 90 * SECOND, endTime: START + 100 * SECOND },
    ]);
    const all = (await histogram({})).body;
    expect(all.count).toBe(4);
    expect(JSON.parse(all.histogram).map(({ num }: { num: number }) => num)).toEqual([2, 1, 0, 1]);
  });

  test('takes a fault for the log group in its body', async () => {
    lts.faults.failNext({ kind: 'badGateway', when: 'before', groupId: DEMO.otherGroupId });
    expect((await histogram({})).status).toBe(200);
    lts.faults.clear();
    lts.faults.failNext({ kind: 'gatewayTimeout', when: 'before', groupId: DEMO.groupId });
    expect((await histogram({})).status).toBe(504);
  });
});

describe('ListLogContext', () => {
  const line_num = `${START + 4 * SECOND}000000`;
  const texts = (body: { logs: NewLog[] }) => body.logs.map(({ content }) => content);

  test('lists the logs before and after a line, and that of the line', async () => {
    write(...Array.from({ length: 10 }, (_, index) => `${index + 1}`));
    const { status, body } = await context({ line_num, backwards_size: 2, forwards_size: 3 });
    expect(status).toBe(200);
    expect(texts(body)).toEqual(['3', '4', '5', '6', '7', '8']);
    const counts = { total_count: 6, backwards_count: 2, forwards_count: 3 };
    expect(body).toMatchObject({ ...counts, isQueryComplete: true });
    const bare = (await context({ line_num, backwardsSize: 0, forwardsSize: 1 })).body;
    expect(texts(bare)).toEqual(['5', '6']);
  });

  test('lists 100 logs on either side by default, and what is around a line that is gone', async () => {
    write(...Array.from({ length: 250 }, (_, index) => `${index}`));
    const { body } = await context({ line_num: `${START + 124 * SECOND}000000` });
    expect(body).toMatchObject({ total_count: 201, backwards_count: 100, forwards_count: 100 });
    const gone = `${START + 124 * SECOND}000001`;
    const around = await context({ line_num: gone, backwards_size: 1, forwards_size: 1 });
    expect(texts(around.body)).toEqual(['124', '125']);
  });
});

test.each<[string, (body: object) => ReturnType<typeof post>, object]>([
  ['a search without a range', query, {}],
  ['a search without an end', query, { start_time: START }],
  ['an end that is the start', query, { start_time: START, end_time: START }],
  ['more than 180 days', query, { start_time: START, end_time: START + 180 * DAY + 1 }],
  ['a time that is a date', query, { ...RANGE, start_time: '2026-01-31' }],
  ['a limit of 0', query, { ...RANGE, limit: 0 }],
  ['a limit of 5001', query, { ...RANGE, limit: 5_001 }],
  ['a limit of "5001"', query, { ...RANGE, limit: '5001' }],
  ['a line of 18 digits', query, { ...RANGE, line_num: '1'.repeat(18), search_type: 'forwards' }],
  ['a line without a direction', query, { ...RANGE, line_num: LINE }],
  ['an unknown direction', query, { ...RANGE, search_type: 'sideways' }],
  ['an order that is a number', query, { ...RANGE, is_desc: 1 }],
  ['a label that is a number', query, { ...RANGE, labels: { k: 1 } }],
  ['a search with an unknown field', query, { ...RANGE, keyword: 'x' }],
  ['a histogram without a keyword', histogram, { key_word: undefined }],
  ['a step below a second', histogram, { step_interval: 999 }],
  ['a step that is a text', histogram, { step_interval: '1000' }],
  ['more than 10,000 steps', histogram, { end_time: START + 10_000 * SECOND + 1, step_interval: SECOND }],
  ['an end before the start', histogram, { end_time: START - 1 }],
  ['a histogram with an unknown field', histogram, { keywords: '' }],
  ['a context without a line', context, {}],
  ['a line of 20 digits', context, { line_num: `${LINE}0` }],
  ['a size of 501', context, { line_num: LINE, forwards_size: 501 }],
  ['a size of -1', context, { line_num: LINE, backwardsSize: -1 }],
  ['a context with an unknown field', context, { line_num: LINE, size: 1 }],
])('%s is refused with LTS.0009', async (_what, send, body) => {
  expect(await send(body)).toEqual(WRONG_BODY);
});

test('the operations on logs refuse an unknown log group with LTS.0201, and an unknown log stream with LTS.0208', async () => {
  const answers = async (group: string, stream: string) => {
    const path = `/v2/${DEMO.projectId}/groups/${group}/streams/${stream}`;
    return [
      await post(`${path}/content/query`, RANGE),
      await histogram({ group_id: group, stream_id: stream }),
      await post(`${path}/context`, { line_num: LINE }),
    ];
  };
  const noGroup = refusal(400, 'LTS.0201', 'The log group is not existed');
  const noStream = refusal(400, 'LTS.0208', 'The log stream does not existed');
  expect(await answers('nope', streamId)).toEqual([noGroup, noGroup, noGroup]);
  expect(await answers(DEMO.groupId, 'nope')).toEqual([noStream, noStream, noStream]);
});

describe('the edition otc', () => {
  beforeEach(() => {
    lts.store.edition = 'otc';
  });

  test('answers a histogram that is an array', async () => {
    write('a');
    expect((await histogram({ step_interval: 100 * SECOND })).body.histogram).toEqual([
      { num: 1, startTime: START, endTime: RANGE.end_time },
    ]);
  });

  test('has no ListLogContext', async () => {
    const { status, body } = await context({ line_num: LINE });
    expect([status, body.error_code]).toEqual([404, 'APIGW.0101']);
  });

  test('refuses what its page of ListLogs lacks, and the 11th call in a minute', async () => {
    for (const wrong of [{ scroll_id: 'x' }, { query: 'x' }, { is_analysis_query: true }]) {
      expect((await query({ ...RANGE, ...wrong })).body.error_code).toBe('LTS.0009');
    }
    for (let count = 1; count <= 10; count += 1) expect((await query(RANGE)).status).toBe(200);
    expect((await query(RANGE)).status).toBe(429);
  });
});

describe('the store', () => {
  const access = async (body: object = {}) => {
    const range = { start_time: Date.now() - 2 * DAY, end_time: Date.now() + DAY, limit: 5_000 };
    return (await post(`${STREAMS}/${DEMO.streamId}/content/query`, { ...range, ...body })).body;
  };

  test('has some 400 logs of the last 24 hours, with errors, Chinese, JSON and labels', async () => {
    const { logs } = await access();
    expect(logs).toHaveLength(400);
    const age = Date.now() - Number(logs[0].line_num.slice(0, 13));
    expect(age).toBeGreaterThan(DAY / 2);
    expect(age).toBeLessThan(DAY);
    expect(Object.keys(logs[0].labels)).toEqual(
      expect.arrayContaining(['hostName', 'appName', 'podName', 'category']),
    );
    for (const keywords of ['error', 'WARN', '支付失败', 'order_placed', '200 GET']) {
      expect([keywords, (await access({ keywords })).logs.length]).not.toEqual([keywords, 0]);
    }
    const found = (await access()).logs.map((log: NewLog) => log.content);
    lts.store.reset();
    expect((await access()).logs.slice(0, 400).map((log: NewLog) => log.content)).toEqual(found);
  });

  test('grows with time, without a timer, and only the stream of the start does', async () => {
    const startedAt = Date.now();
    const clock = Date.now;
    try {
      lts.store.isGrowing = true;
      Date.now = () => startedAt + 60 * SECOND;
      const [before, ...others] = [(await access()).logs.length, lts.store.logsOf(streamId).length];
      expect(before).toBeGreaterThanOrEqual(411);
      expect(before).toBeLessThanOrEqual(413);
      expect(others).toEqual([0]);
      Date.now = () => startedAt + 7 * DAY;
      expect(lts.store.logsOf(DEMO.streamId)).toHaveLength(20_000);
    } finally {
      Date.now = clock;
    }
  });

  test('keeps the newest 20,000 logs of a stream', () => {
    write(...Array.from({ length: 20_002 }, (_, index) => `${index}`));
    const logs = lts.store.logsOf(streamId);
    expect([logs.length, logs[0]?.content, logs.at(-1)?.content]).toEqual([20_000, '2', '20001']);
  });

  test('removes logs with their log stream or log group', async () => {
    write('a');
    expect((await call('DELETE', `${STREAMS}/${streamId}`)).status).toBe(204);
    expect(() => lts.store.logsOf(streamId)).toThrow('no log stream');
    expect((await call('DELETE', STREAMS.replace('/streams', ''))).status).toBe(204);
    expect(() => lts.store.logsOf(DEMO.streamId)).toThrow('no log stream');
    lts.store.reset();
    expect(lts.store.logsOf(DEMO.streamId).length).toBeGreaterThanOrEqual(400);
  });
});

describe('POST /_logs', () => {
  const add = (body: unknown) => post('/_logs', body);
  const ids = () => ({ groupId: DEMO.groupId, streamId });

  test('adds logs, at any time or now', async () => {
    const before = Date.now();
    const logs = [
      { content: 'ms', at: START, labels: { k: 'v' } },
      { content: 'ISO', at: '2026-01-31T13:00:01+01:00' },
      { content: 'x'.repeat(1024 * 1024), at: START + 2 * SECOND },
      { content: 'now' },
    ];
    expect(await add({ ...ids(), logs })).toMatchObject({ status: 202, body: { added: 4 } });
    const stored = lts.store.logsOf(streamId);
    expect(stored.slice(0, 2)).toEqual([
      { content: 'ms', line_num: `${START}000000`, labels: { k: 'v' } },
      { content: 'ISO', line_num: `${START + SECOND}000000`, labels: {} },
    ]);
    expect(Number(stored[3]?.line_num.slice(0, 13))).toBeGreaterThanOrEqual(before);
  });

  const LOG = { content: 'a' };
  test.each<[string, unknown, ...string[]]>([
    ['no JSON', '{', 'the body must be a JSON object'],
    ['a list', [], 'the body must be a JSON object'],
    [
      'an empty object',
      { groupId: undefined, streamId: undefined, logs: undefined },
      'groupId: there is no such log group',
      'logs: must be a list of 1 to 1000',
    ],
    [
      'a log stream of another group',
      { groupId: DEMO.otherGroupId },
      'streamId: there is no such log stream in the log group',
    ],
    ['no logs', { logs: [] }, 'logs: must be a list of 1 to 1000'],
    ['1001 logs', { logs: Array(1_001).fill(LOG) }, 'logs: must be a list of 1 to 1000'],
    ['an unknown field', { at: 1 }, 'at: is not known'],
    ['a log that is a text', { logs: [LOG, 'a'] }, 'logs[1]: must be an object'],
    ['a log without a content', { logs: [{}] }, 'logs[0].content: must be a text of at most 1 MiB'],
    [
      'a log of more than 1 MiB',
      { logs: [{ content: `${'x'.repeat(1024 * 1024)}x` }] },
      'logs[0].content: must be a text of at most 1 MiB',
    ],
    [
      'wrong labels, times and fields',
      {
        logs: [
          { ...LOG, labels: { k: 1 } },
          { ...LOG, at: 'noon' },
          { ...LOG, at: 1 },
          { ...LOG, x: 1 },
        ],
      },
      'logs[0].labels: must be an object with texts',
      'logs[1].at: must be milliseconds since 1970',
      'logs[2].at: must be milliseconds since 1970',
      'logs[3].x: is not known',
    ],
  ])('refuses %s with the problems and all that it takes', async (_what, fields, ...problems) => {
    const isObject = typeof fields === 'object' && !Array.isArray(fields);
    const answer = await add(isObject ? { ...ids(), logs: [LOG], ...fields } : fields);
    expect(answer.status).toBe(400);
    expect(answer.body.problems).toEqual(problems.map((start) => expect.stringContaining(start)));
    expect(Object.keys(answer.body.takes)).toContain('logs[].content');
    expect(lts.store.logsOf(streamId)).toEqual([]);
  });
});
