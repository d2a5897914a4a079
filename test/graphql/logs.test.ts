import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { CASES_FACTOR } from '../support/cases.ts';
import { listedStream, listing, replyToWrites, replyWith } from '../support/scripted-server.ts';
import { until } from '../support/until.ts';
import { useGateway, useGatewayOnEmbeddedLts, useGateways } from '../support/use-gateways.ts';

const { gateway: onScripted, scripted } = useGateway();
const { gateway, lts } = useGatewayOnEmbeddedLts();
const startGateway = useGateways();

const { projectId, groupId, streamId } = DEMO;
const IN_GROUP = `projectId: "${projectId}", groupId: "${groupId}"`;
const LISTED = replyWith(200, listing([], [listedStream({ log_stream_id: 's-1' })]));
const LINE = '1700000000123456789';
const ONE_LOG = { logs: [{ content: 'a', line_num: LINE }] };

/** A page of logs with every field but `highlights` and `context`. */
const page = (args: string) => `logs(${args}) {
  edges { cursor node { id at content labels { key value } } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  isComplete
}`;

const ANY_LOGS = 'logs(search: { lastSeconds: 60 }) { isComplete }';

/** What is selected of a log stream of the embedded LTS; errors fail the test. */
const readStored = (stream: string, selection: string): Promise<any> =>
  gateway.resultOf(`{ logStream(${IN_GROUP}, id: "${stream}") { ${selection} } }`);

/** What is selected of the log stream of the scripted server, and the errors. */
async function readScripted(selection: string, after?: string) {
  const declared = selection.includes('$after') ? '($after: String)' : '';
  const query = `query ${declared} { logStream(projectId: "p", groupId: "g", id: "s-1") { ${selection} } }`;
  const { data, errors } = await onScripted.send(query, { after });
  return { ...data?.logStream, errors };
}

/** Has the scripted server list one log stream, and answer reads of logs: the last reply from then on. */
function script(...replies: Parameters<typeof replyWith>[]): void {
  scripted.answer = replyToWrites((...call) => {
    const [status, body, headers] = (replies.length > 1 ? replies.shift() : replies[0]) ?? [500, ''];
    replyWith(status, body, headers)(...call);
  }, LISTED);
}

/** What the scripted server got, apart from lists. */
const sent = (): [path: string, body: any][] =>
  scripted.received
    .filter(({ method }) => method === 'POST')
    .map(({ path, body }) => [path, JSON.parse(body)]);

/** A stream with these logs, the oldest first. */
function streamOf(...logs: { content: string; at?: number; labels?: Record<string, string> }[]): string {
  const group = lts.store.groupOf(groupId);
  const { log_stream_id } = lts.store.addStream(group, { log_stream_name: 'new' });
  lts.store.addLogs(log_stream_id, logs);
  return log_stream_id;
}
const numbered = (count: number) => Array.from({ length: count }, (_, index) => ({ content: `${index}` }));

const contentsOf = ({ edges }: any): string[] => edges.map(({ node }: any) => node.content);

describe('logs of a log stream', () => {
  test('are the newest first, with what LTS says of each', async () => {
    const at = Date.now() - 60_000;
    const labels = { hostName: 'web-1' };
    const stream = streamOf({ content: 'one', at }, { content: 'two', at: at + 1_000, labels });
    const { logs } = await readStored(stream, page('search: { lastSeconds: 900 }'));
    expect(contentsOf(logs)).toEqual(['two', 'one']);
    const [{ node, cursor }] = logs.edges;
    expect(node.at).toBe(new Date(at + 1_000).toISOString());
    expect(node.labels).toContainEqual({ key: 'hostName', value: 'web-1' });
    expect(node.id).toMatch(new RegExp(`^${stream}:\\d{19}$`));
    const endCursor = logs.edges[1].cursor;
    const pageInfo = { hasNextPage: false, hasPreviousPage: false, startCursor: cursor, endCursor };
    expect(logs).toMatchObject({ pageInfo, isComplete: true });
  });

  test('of a log stream that was just created are an empty page', async () => {
    const { logs } = await readStored(streamOf(), page('search: { lastSeconds: 900 }, first: 1'));
    const pageInfo = { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null };
    expect(logs).toEqual({ edges: [], pageInfo, isComplete: true });
  });

  test('are there on the demo project, also of the last quarter of an hour', async () => {
    const { logs } = await readStored(streamId, page('search: { lastSeconds: 900 }, first: 1'));
    expect(logs).toMatchObject({ edges: [{}], pageInfo: { hasNextPage: true } });
  });

  test('are what the query in the README shows of a gateway that has just started', async () => {
    const query = /^```graphql\n(query Logs.*?)^```$/ms.exec(readFileSync('README.md', 'utf8'))?.[1] ?? '';
    const { logs } = await gateway.resultOf(query, { projectId, groupId, id: streamId });
    expect(logs.edges).toHaveLength(50);
    expect(logs.pageInfo.hasNextPage).toBe(true);
  });

  test('page by page are each of them once, in order, while new ones arrive', async () => {
    const anyPage = fc.record({
      size: fc.integer({ min: 1, max: 7 }),
      arriving: fc.integer({ min: 0, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 20 }),
        fc.array(anyPage, { minLength: 1, maxLength: 5 }),
        fc.constantFrom('NEWEST_FIRST', 'OLDEST_FIRST'),
        async (count, pages, order) => {
          lts.store.reset();
          const stream = streamOf(...numbered(count));
          const before = lts.store.logsOf(stream).map(({ line_num }) => line_num);
          const read: string[] = [];
          let after: string | null = null;
          for (let index = 0; ; index += 1) {
            const { size, arriving } = pages[index % pages.length] ?? { size: 1, arriving: 0 };
            const search = `{ lastSeconds: 900, order: ${order} }`;
            const args: string = `search: ${search}, first: ${size}, after: ${JSON.stringify(after)}`;
            const { edges, pageInfo } = (await readStored(stream, page(args))).logs;
            read.push(...edges.map(({ node }: any) => node.id.split(':')[1]));
            if (!pageInfo.hasNextPage) break;
            expect(edges).toHaveLength(size); // else it would have been the last page
            after = pageInfo.endCursor;
            lts.store.addLogs(stream, numbered(arriving));
          }
          const expected = order === 'OLDEST_FIRST' ? before : [...before].reverse();
          // What arrives in the millisecond in which the first page was read is in its time.
          expect(read.filter((line) => before.includes(line))).toEqual(expected);
          expect(new Set(read).size).toBe(read.length);
        },
      ),
      { numRuns: 20 * CASES_FACTOR },
    );
  }, 60_000);

  test('reach LTS as its page says: the next page from the last line on, in the order asked for', async () => {
    const time = '1700000000000';
    const log = { content: 'b', line_num: LINE, labels: { __time__: time } };
    script([200, { logs: [log], scrollId: 'scroll-1' }], [200, { logs: [] }]);
    const search = `{
      from: "2023-11-14T00:00:00Z", to: "2023-11-15T00:00:00Z"
      keywords: "a \\"b\\"", labels: [{ key: "team", value: "a" }]
    }`;
    const selection = page(`search: ${search}, first: 1, after: $after`);
    const { edges, pageInfo } = (await readScripted(selection)).logs;
    expect(edges[0].node).toMatchObject({
      id: `s-1:${LINE}:${time}`,
      at: new Date(Number(time)).toISOString(),
    });
    await readScripted(selection, pageInfo.endCursor);
    const first = {
      start_time: String(Date.parse('2023-11-14T00:00:00Z')),
      end_time: String(Date.parse('2023-11-15T00:00:00Z')),
      keywords: 'a "b"',
      labels: { team: 'a' },
      is_desc: true,
      limit: 1,
      highlight: false,
    };
    const next = { search_type: 'forwards', line_num: LINE, __time__: time, scroll_id: 'scroll-1' };
    const path = '/v2/p/groups/g/streams/s-1/content/query';
    expect(sent()).toEqual([
      [path, first],
      [path, { ...first, ...next }],
    ]);
  });

  test('that LTS has not all looked at are an incomplete page, and the next one goes on where it stopped', async () => {
    script(
      [200, { logs: [], isQueryComplete: false, scrollId: 'x' }],
      [200, { logs: [], isQueryComplete: true }],
    );
    const selection = page('search: { lastSeconds: 60 }, after: $after');
    const { logs } = await readScripted(selection);
    expect(logs).toMatchObject({ edges: [], isComplete: false, pageInfo: { hasNextPage: true } });
    const next = await readScripted(selection, logs.pageInfo.endCursor);
    const pageInfo = { hasNextPage: false, endCursor: null };
    expect(next.logs).toMatchObject({ edges: [], isComplete: true, pageInfo });
    const [[, first], [, second]] = sent() as [[string, any], [string, any]];
    expect(second).toEqual({ ...first, scroll_id: 'x' });
  });

  test.each<[string, string[]]>([
    [
      'any characters, as they were',
      ['\u0000\u001b[31m\u2028 "\\ \u{1F600}', '\ud800 alone', '<HighLightTag>as text</HighLightTag>', ''],
    ],
    ['a million characters, in a page with others', ['x'.repeat(1_000_000), 'short']],
  ])('have %s', async (_what, contents) => {
    const logs = contents.map((content, index) => ({ content, line_num: `170000000012345678${index}` }));
    script([200, { logs }]);
    const read = await readScripted(page('search: { lastSeconds: 60 }'));
    expect(contentsOf(read.logs)).toEqual(contents);
  });

  test('have highlights as ranges where these are selected, and no markup', async () => {
    const marked =
      '\u{1F600} <HighLightTag>log</HighLightTag> is <HighLightTag>log</HighLightTag><HighLightTag>';
    script([200, { logs: [{ content: marked, line_num: LINE }] }]);
    const { logs } = await readScripted(
      'logs(search: { lastSeconds: 60, keywords: "log" }) { edges { node { content highlights { start end } } } }',
    );
    const [{ node }] = logs.edges;
    expect(node.content).toBe('\u{1F600} log is log<HighLightTag>');
    const marks = node.highlights.map(({ start, end }: any) => node.content.slice(start, end));
    expect(marks).toEqual(['log', 'log']);
    expect(sent()).toMatchObject([[expect.anything(), { highlight: true }]]);
  });
});

describe('an LTS that answers otherwise than its page says', () => {
  const logs = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      content: `${index}`,
      line_num: `${10 ** 18 + index * 1_000}`,
    }));
  const pageOf = (first: number) => page(`search: { lastSeconds: 60 }, first: ${first}, after: $after`);
  /** Reads two pages of so many logs. */
  const readTwoPages = async (first: number) => {
    const one = await readScripted(pageOf(first));
    return [one, await readScripted(pageOf(first), one.logs.pageInfo.endCursor)];
  };

  test('with more logs than were asked for: only these are shown, and the next page has the others', async () => {
    script([200, { logs: logs(500), scrollId: 'after all 500' }]);
    const [one] = await readTwoPages(3);
    expect(one.logs.edges).toHaveLength(3);
    expect(one.logs.pageInfo.hasNextPage).toBe(true);
    const [, [, body]] = sent() as [unknown, [string, object]];
    expect(body).toMatchObject({ line_num: `${10 ** 18 + 2_000}` });
    expect(body).not.toHaveProperty('scroll_id');
    const context = await readScripted(`logContext(id: "s-1:${LINE}", before: 1, after: 1) { id }`);
    expect(context.logContext).toHaveLength(3);
  });

  test('with the log before the page in it: it is not shown again, and no page says that there is more without saying where', async () => {
    script([200, { logs: logs(1) }]);
    const [, next] = await readTwoPages(1);
    expect(next.logs).toMatchObject({ edges: [], pageInfo: { hasNextPage: false, endCursor: null } });
  });

  test('with the log before the page in it, and as many logs as were asked for: there may be more', async () => {
    script([200, { logs: logs(3) }]);
    const one = await readScripted(pageOf(3));
    script([200, { logs: logs(5).slice(2) }]);
    const next = await readScripted(pageOf(3), one.logs.pageInfo.endCursor);
    expect(next.logs.edges).toHaveLength(2);
    expect(next.logs.pageInfo).toMatchObject({ hasNextPage: true, endCursor: expect.any(String) });
  });

  test.each(['"', '\u4e2d', 'a'])(
    'with a scrollId of 2,048 times %j: the cursor can be used',
    async (character) => {
      script([200, { logs: logs(1), scrollId: character.repeat(2_048) }]);
      const [, next] = await readTwoPages(1);
      expect(next.errors).toBeUndefined();
    },
  );

  test.each<[string, object, object]>([
    [
      'isQueryComplete as a text: it is understood',
      { logs: [], isQueryComplete: 'false' },
      { isComplete: false },
    ],
    [
      'null for a text: it is empty',
      { logs: [{ content: null, line_num: LINE }] },
      { edges: [{ node: { content: '' } }] },
    ],
    [
      'null for a label: it is empty',
      { logs: [{ content: 'a', line_num: LINE, labels: { a: null } }] },
      { edges: [{ node: { labels: [{ key: 'a', value: '' }] } }] },
    ],
  ])('with %s', async (_what, reply, shown) => {
    script([200, reply]);
    const read = await readScripted(page('search: { lastSeconds: 60 }'));
    expect(read.logs).toMatchObject(shown);
  });

  const NESTED = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  test.each<[string, 'logs' | 'logHistogram', unknown]>([
    ['no logs', 'logs', {}],
    ['a text for the logs', 'logs', { logs: 'secret' }],
    ['a log without a line number', 'logs', { logs: [{ content: 'secret' }] }],
    [
      'a label that is nested too deeply',
      'logs',
      `{"logs":[{"line_num":"${LINE}","labels":{"a":${NESTED}}}]}`,
    ],
    ['no histogram and no count', 'logHistogram', {}],
    ['a histogram that is cut off', 'logHistogram', { count: 5, histogram: '[{"num":' }],
    [
      'a time beyond the year 9999',
      'logHistogram',
      { histogram: JSON.stringify([{ num: 1, startTime: 1, endTime: 253402300800000 }]) },
    ],
  ])('with %s: GATEWAY.BAD_REPLY, without what it has sent', async (_what, field, reply) => {
    script([200, reply]);
    const read = await readScripted(`${field}(search: { lastSeconds: 60 }) { isComplete }`);
    expect(read.errors[0].extensions.ltsCode).toBe('GATEWAY.BAD_REPLY');
    expect(JSON.stringify(read)).not.toContain('secret');
  });
});

describe('a cursor', () => {
  const pageOf = (search: string) =>
    `logs(search: ${search}, first: 1, after: $after) { pageInfo { endCursor } }`;
  const LAST_MINUTE = pageOf('{ lastSeconds: 60 }');
  /** Reads a page of one log, and returns the cursor of the next page. */
  const endCursorOf = async (selection: string): Promise<string> => {
    script([200, ONE_LOG]);
    const { logs, errors } = await readScripted(selection);
    expect(errors).toBeUndefined();
    return logs.pageInfo.endCursor;
  };

  test('of a search of 180 days can be read on, although it is longer than that by now', async () => {
    const DAYS_180 = 180 * 86_400_000;
    const from = new Date(Date.now() - DAYS_180 + 300).toISOString();
    const selection = pageOf(`{ from: "${from}" }`);
    const after = await endCursorOf(selection);
    await until(() => Date.now() - Date.parse(from) > DAYS_180);
    expect((await readScripted(selection, after)).errors).toBeUndefined();
  });

  test('is also of a search in which null is given for what was omitted', async () => {
    const same = '{ lastSeconds: 60, order: null, keywords: "", labels: [], from: null, to: null }';
    const after = await endCursorOf(LAST_MINUTE);
    expect((await readScripted(pageOf(same), after)).errors).toBeUndefined();
  });

  test('that was tampered with, or is of another search, is refused before LTS is asked', async () => {
    const cursor = await endCursorOf(LAST_MINUTE);
    const toCursor = (fields: unknown[]) => Buffer.from(JSON.stringify(fields)).toString('base64url');
    const [from, to, ...rest] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    // As of somebody who knows how a cursor is made.
    const digest = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('base64url');
    const searched = digest(['s-1', [60, null, null, null, null, 'NEWEST_FIRST']]);
    const madeUp = (...made: unknown[]) => toCursor([...made, digest([made, searched]).slice(0, 16)]);
    expect(madeUp(from, to, LINE, null, null)).toBe(cursor);
    const noCursors = ['', 'x', '__proto__', 'W10', 'x'.repeat(50_000)];
    const changed = [cursor.slice(1), `${cursor}AA`, `${cursor}!=`, toCursor([0, to, ...rest])];
    const wrongTimes = [{ toString: 'x' }, 'x', true, -1, 1e300, null, to, to - 181 * 86_400_000];
    const wrong = [
      ...[...noCursors, ...changed],
      ...wrongTimes.map((time) => madeUp(time, to, LINE, null, null)),
      ...[{}, '../x', 5, ''].map((line) => madeUp(from, to, line, null, null)),
      ...[{}, 'x', 5].map((time) => madeUp(from, to, LINE, time, null)),
      madeUp(from, to, null, '123', null),
      madeUp(from, to, LINE, null, {}),
    ];
    for (const after of wrong) {
      const { errors } = await readScripted(LAST_MINUTE, after);
      expect(errors?.[0].extensions).toMatchObject({
        code: 'INVALID_INPUT',
        inputErrors: [{ path: ['after'], message: expect.stringContaining('cursor') }],
      });
    }
    const other = await readScripted(pageOf('{ lastSeconds: 60, keywords: "b" }'), cursor);
    expect(other.errors?.[0].extensions.code).toBe('INVALID_INPUT');
    expect(sent()).toHaveLength(1);
    await readScripted(LAST_MINUTE, cursor);
    expect(sent()).toHaveLength(2);
  });
});

describe('before LTS is asked', () => {
  const CHOICE = /one of the two/;
  const SPAN = /180 days/;
  test.each([
    ['{}', 'search', CHOICE],
    ['{ lastSeconds: 60, from: "2026-01-01T00:00:00Z" }', 'search', CHOICE],
    ['{ lastSeconds: 60, to: "2026-01-01T00:00:00Z" }', 'search', CHOICE],
    ['{ to: "2026-01-01T00:00:00Z" }', 'search', CHOICE],
    ['{ from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z" }', 'search', SPAN],
    ['{ from: "2025-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z" }', 'search', SPAN],
    ['{ lastSeconds: 0 }', 'search.lastSeconds', /1 to 15552000/],
    [
      '{ lastSeconds: 1, labels: [{ key: "a", value: "1" }, { key: "a", value: "2" }] }',
      'search.labels',
      /once/,
    ],
  ])('the search %s is refused', async (search, path, sentence) => {
    script([500, {}]);
    for (const field of ['logs', 'logHistogram']) {
      const read = await readScripted(`${field}(search: ${search}) { isComplete }`);
      expect(read[field]).toBeNull();
      const inputErrors = [{ path: path.split('.'), message: expect.stringMatching(sentence) }];
      const extensions = { code: 'INVALID_INPUT', ltsCode: 'GATEWAY.INVALID_INPUT', inputErrors };
      expect(read.errors).toMatchObject([{ extensions }]);
    }
    expect(sent()).toEqual([]);
  });

  test.each(['first: 0', 'first: 501'])('a page of %s is refused', async (first) => {
    script([500, {}]);
    const { errors } = await readScripted(`logs(search: { lastSeconds: 60 }, ${first}) { isComplete }`);
    const inputErrors = [{ path: ['first'], message: 'Must be 1 to 500.' }];
    expect(errors).toMatchObject([{ extensions: { inputErrors } }]);
    expect(sent()).toEqual([]);
  });

  test.each(['', 's-1', `other:${LINE}`, 's-1:../..', `s-1:${LINE}:x`, `s-1:${LINE}:1:2`])(
    'the context of the ID %j is refused, which is none of this log stream',
    async (id) => {
      script([500, {}]);
      const { errors } = await readScripted(`logContext(id: ${JSON.stringify(id)}) { id }`);
      const inputErrors = [{ path: ['id'], message: 'This is not the ID of a log of this log stream.' }];
      expect(errors).toMatchObject([{ extensions: { inputErrors } }]);
      expect(sent()).toEqual([]);
    },
  );
});

describe('where LTS answers a read of logs with', () => {
  test('503 once: it is read again, although it is a POST', async () => {
    script([503, ''], [200, { logs: [] }]);
    expect(await readScripted(ANY_LOGS)).toEqual({ logs: { isComplete: true } });
    expect(sent()).toHaveLength(2);
  });

  test('nothing: the call is given up when the caller goes', async () => {
    let closed = false;
    scripted.answer = replyToWrites(({ socket }) => {
      socket.once('close', () => {
        closed = true;
      });
    }, LISTED);
    const headers = { 'content-type': 'application/json', 'x-auth-token': 'token-of-leaving' };
    const call = request(`${onScripted.url}/graphql`, { method: 'POST', headers });
    const query = `{ logStream(projectId: "p", groupId: "g", id: "s-1") { ${ANY_LOGS} } }`;
    call.on('error', () => {}).end(JSON.stringify({ query }));
    await until(() => sent().length === 1);
    call.destroy();
    await until(() => closed);
  });
});

describe('reads of content are few', () => {
  test.each([
    ['logStreams', `logStreams(${IN_GROUP}) { ...F }`],
    ['LogGroup.logStreams', `logGroup(projectId: "${projectId}", id: "${groupId}") { logStreams { ...F } }`],
  ])('none in the list %s: one error, and nothing is read', async (_where, list) => {
    const { errors } = await gateway.send(`{ ${list} } fragment F on LogStream { id ... { ${ANY_LOGS} } }`);
    const message = expect.stringContaining('one log stream at a time');
    expect(errors).toMatchObject([{ message, extensions: { code: 'LIMIT_EXCEEDED' } }]);
    expect(lts.calls.get('ListLogs')).toBeUndefined();
    expect(lts.calls.get('ListLogStream')).toBeUndefined();
  });

  test('five in one operation', async () => {
    script([200, { logs: [] }]);
    const read = await readScripted([...'abcdefg'].map((alias) => `${alias}: ${ANY_LOGS}`).join(' '));
    expect(sent()).toHaveLength(5);
    // One error: the others are `null` as well, for the same reason.
    const message = 'The operation is too large: at most 5 reads of the content of log streams.';
    const errors = [{ message, extensions: { code: 'LIMIT_EXCEEDED' } }];
    expect(read).toMatchObject({ e: { isComplete: true }, f: null, g: null, errors });
  });

  const CONTEXTS = Array.from({ length: 10 }, (_, index) => `a${index}: context { id }`).join(' ');
  const SEARCH = 'search: { lastSeconds: 900 }';
  test.each<[string, string, object]>([
    ['a context', `logContext(id: "ID", before: 50) { ${CONTEXTS} }`, {}],
    ['contexts of it', `... on LogStream { x: logContext(id: "ID") { context { ${CONTEXTS} } } }`, {}],
    ['a page', `logs(${SEARCH}) { edges { node { context { id } } } }`, {}],
    [
      'the context of the one log of a page',
      `logs(${SEARCH}, first: 1) { edges { node { context { ... on Log { ${CONTEXTS} } } } } }
      y: logContext(id: "ID") { id }`,
      { ListLogs: 1, ListLogContext: 1 },
    ],
  ])('none of each log of %s: one error, however many there are', async (_what, selection, calls) => {
    const stream = streamOf(...numbered(50));
    const { logs } = await readStored(stream, page(`${SEARCH}, first: 1`));
    lts.calls.clear();
    const selected = selection.replace('ID', logs.edges[0].node.id);
    const { errors } = await gateway.send(`{ logStream(${IN_GROUP}, id: "${stream}") { ${selected} } }`);
    expect(errors).toHaveLength(1);
    expect(errors[0].message).toContain('`context` is read of one log at a time');
    expect(errors[0].message).toContain('`logContext`');
    expect(Object.fromEntries(lts.calls)).toEqual({ ListLogStream: 1, ...calls });
  });

  test.each([
    ['logStream { name LOGS }', { logStream: { name: 'n', logs: null } }],
    [
      'logGroup { logStreams { name LOGS } }',
      { logGroup: { logStreams: expect.arrayContaining([{ name: 'n', logs: null }]) } },
    ],
  ])('none in the result of a mutation, which must be told: %s', async (selection, result) => {
    const selected = `... on LogStreamCreated { ${selection.replace('LOGS', ANY_LOGS)} }`;
    const create = `createLogStream(${IN_GROUP}, input: { name: "n" }) { ${selected} }`;
    expect(await gateway.resultOf(`mutation { ${create} }`)).toEqual(result);
  });

  test('they are audited where the operator wants it, without what was searched for or found', async () => {
    const auditing = await startGateway(lts.url, { auditReads: true });
    lts.store.addLogs(streamId, [{ content: 'a needle in the hay' }]);
    const selection = page('search: { lastSeconds: 900, keywords: "needle" }');
    const query = `{ logStream(${IN_GROUP}, id: "${streamId}") { ${selection} } }`;
    const { logs } = await auditing.resultOf(query);
    expect(contentsOf(logs)).toEqual(['a needle in the hay']);
    expect(auditing.lines('"audit"')).toMatchObject([
      { read: 'logs', projectId, groupId, streamId, outcome: 'OK', tokenHash: expect.any(String) },
    ]);
    expect(auditing.logged()).not.toMatch(/needle|hay/);
    expect(gateway.logged()).not.toContain('"read"');
  });
});

describe('a histogram', () => {
  test.each(['huawei', 'otc'] as const)(
    'has the number of logs by time, from the LTS of %s',
    async (edition) => {
      lts.store.edition = edition;
      const to = Math.floor(Date.now() / 1_000) * 1_000;
      const ago = (seconds: number) => new Date(to - seconds * 1_000).toISOString();
      const logs = [50, 40, 40, 5].map((seconds) => ({ content: 'x', at: to - seconds * 1_000 }));
      const { logHistogram } = await readStored(
        streamOf(...logs),
        `logHistogram(search: { from: "${ago(60)}", to: "${ago(0)}" }, buckets: 6) {
          count isComplete buckets { from to count }
        }`,
      );
      const { count, buckets, isComplete } = logHistogram;
      expect([count, isComplete]).toEqual([4, true]);
      expect(buckets.map((bucket: any) => bucket.count).slice(0, 6)).toEqual([0, 1, 2, 0, 0, 1]);
      expect(buckets[0].from).toBe(ago(60));
    },
  );

  test('of days has buckets of a day at most, which is as much as LTS takes', async () => {
    script([200, { count: 3, histogram: '' }]);
    const read = await readScripted(
      'logHistogram(search: { lastSeconds: 15552000 }, buckets: 10) { count buckets { count } }',
    );
    expect(read.logHistogram).toEqual({ count: 3, buckets: [] });
    expect(sent()).toMatchObject([['/v2/p/lts/keyword-count', { step_interval: 86_400_000, key_word: '' }]]);
  });
});

test('the context of a log is those before and after it, the oldest first', async () => {
  const stream = streamOf(...numbered(7));
  const { logs } = await readStored(stream, page('search: { lastSeconds: 900 }'));
  const { id } = logs.edges[3].node;
  const read = await readStored(
    stream,
    `logContext(id: "${id}", before: 2, after: 1) { id content }
    logs(search: { lastSeconds: 900 }, first: 1) { edges { node { context(before: 1) { content } } } }`,
  );
  expect(read.logContext.map(({ content }: any) => content)).toEqual(['1', '2', '3', '4']);
  expect(read.logContext[2].id).toBe(id);
  expect(read.logs.edges[0].node.context).toEqual([{ content: '5' }, { content: '6' }]);
});
