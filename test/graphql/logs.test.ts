import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
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

const IN_GROUP = `projectId: "${DEMO.projectId}", groupId: "${DEMO.groupId}"`;
const LOGS = `query ($stream: ID!, $search: LogSearch!, $first: Int, $after: String) {
  logStream(${IN_GROUP}, id: $stream) {
    logs(search: $search, first: $first, after: $after) {
      edges { cursor node { id at content labels { key value } } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      isComplete
    }
  }
}`;

const LISTED = replyWith(200, listing([], [listedStream({ log_stream_id: 's-1' })]));
const LINE = '1700000000123456789';

/** Has the scripted server list one log stream, and answer reads of logs. */
function script(...replies: (Parameters<typeof replyWith> | null)[]): void {
  scripted.answer = replyToWrites((...call) => {
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    if (reply) replyWith(...reply)(...call);
  }, LISTED);
}

/** What was read of the log stream, and the errors. */
const readOf = ({ data, errors }: { data: any; errors: any }) => ({ ...data?.logStream, errors });

const readStored = async (query: string, variables: object = {}) =>
  readOf(await gateway.send(query, variables));

const readScripted = async (selection: string, variables: object = {}) => {
  const declared = selection.includes('$after') ? '($after: String)' : '';
  const query = `query ${declared} { logStream(projectId: "p", groupId: "g", id: "s-1") { ${selection} } }`;
  return readOf(await onScripted.send(query, variables));
};

/** Reads a page of one log from a scripted server that has it, and returns the cursor of the next page. */
const endCursorOf = async (selection: string): Promise<string> => {
  const { logs, errors } = await readScripted(selection);
  expect(errors).toBeUndefined();
  return logs.pageInfo.endCursor;
};
const pageOf = (search: string) =>
  `logs(search: ${search}, first: 1, after: $after) { pageInfo { endCursor } }`;

/** What LTS got, apart from lists. */
const sent = () =>
  scripted.received
    .filter(({ method }) => method === 'POST')
    .map(({ path, body }) => [path, JSON.parse(body)]);

/** A stream without logs. */
const newStream = () =>
  lts.store.addStream(lts.store.groupOf(DEMO.groupId), { log_stream_name: 'new' }).log_stream_id;

const contentsOf = ({ logs }: any): string[] => logs.edges.map(({ node }: any) => node.content);

describe('logs of a log stream', () => {
  test('are the newest first, with what LTS says of each', async () => {
    const stream = newStream();
    const at = Date.now() - 60_000;
    lts.store.addLogs(stream, [
      { content: 'one', at },
      { content: 'two', at: at + 1_000, labels: { hostName: 'web-1' } },
    ]);
    const body = await readStored(LOGS, { stream, search: { lastSeconds: 900 } });
    expect(body.errors).toBeUndefined();
    expect(contentsOf(body)).toEqual(['two', 'one']);
    const [{ node, cursor }] = body.logs.edges;
    expect(node.at).toBe(new Date(at + 1_000).toISOString());
    expect(node.labels).toContainEqual({ key: 'hostName', value: 'web-1' });
    expect(node.id).toMatch(new RegExp(`^${stream}:\\d{19}$`));
    expect(body.logs.pageInfo).toEqual({
      hasNextPage: false,
      hasPreviousPage: false,
      startCursor: cursor,
      endCursor: body.logs.edges[1].cursor,
    });
    expect(body.logs.isComplete).toBe(true);
  });

  test('of a log stream that was just created are an empty page', async () => {
    const body = await readStored(LOGS, { stream: newStream(), search: { lastSeconds: 900 }, first: 1 });
    expect(body.logs).toEqual({
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
      isComplete: true,
    });
  });

  test('are there on the demo project, also of the last quarter of an hour', async () => {
    const body = await readStored(LOGS, { stream: DEMO.streamId, search: { lastSeconds: 900 }, first: 1 });
    expect(contentsOf(body)).toHaveLength(1);
    expect(body.logs.pageInfo.hasNextPage).toBe(true);
  });

  test('are what the query in the README shows of a gateway that has just started', async () => {
    const query = /^```graphql\n(query Logs.*?)^```$/ms.exec(readFileSync('README.md', 'utf8'))?.[1] ?? '';
    const { projectId, groupId, streamId: id } = DEMO;
    const body = await readStored(query, { projectId, groupId, id });
    expect(contentsOf(body)).toHaveLength(50);
    expect(body.logs.pageInfo.hasNextPage).toBe(true);
  });

  test('page by page are each of them once, in order, while new ones arrive', async () => {
    const page = fc.record({
      size: fc.integer({ min: 1, max: 7 }),
      arriving: fc.integer({ min: 0, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 20 }),
        fc.array(page, { minLength: 1, maxLength: 5 }),
        fc.constantFrom('NEWEST_FIRST', 'OLDEST_FIRST'),
        async (count, pages, order) => {
          const stream = newStream();
          const add = (n: number) =>
            lts.store.addLogs(
              stream,
              Array.from({ length: n }, (_, index) => ({ content: `${index}` })),
            );
          add(count);
          const before = lts.store.logsOf(stream).map(({ line_num }) => line_num);
          const read: string[] = [];
          let after: string | null = null;
          for (let index = 0; ; index += 1) {
            const { size, arriving } = pages[index % pages.length] ?? { size: 1, arriving: 0 };
            const search = { lastSeconds: 900, order };
            const body = await readStored(LOGS, { stream, search, first: size, after });
            expect(body.errors).toBeUndefined();
            const { edges, pageInfo } = body.logs;
            read.push(...edges.map(({ node }: any) => node.id.split(':')[1]));
            if (!pageInfo.hasNextPage) break;
            expect(edges).toHaveLength(size); // else it would have been the last page
            after = pageInfo.endCursor;
            add(arriving);
          }
          const expected = order === 'OLDEST_FIRST' ? before : [...before].reverse();
          // What arrives in the millisecond in which the first page was read is in its time.
          expect(read.filter((line) => before.includes(line))).toEqual(expected);
          expect(new Set(read).size).toBe(read.length);
          lts.store.deleteStream(
            lts.store.groupOf(DEMO.groupId),
            lts.store.groupOf(DEMO.groupId).streams.get(stream) as never,
          );
        },
      ),
      { numRuns: 20 * CASES_FACTOR },
    );
  });

  test('are searched by keywords and labels, as LTS takes them', async () => {
    const stream = newStream();
    lts.store.addLogs(stream, [
      { content: 'payment failed: timeout', labels: { team: 'a' } },
      { content: 'payment done', labels: { team: 'a' } },
      { content: 'payment failed: timeout', labels: { team: 'b' } },
    ]);
    const search = { lastSeconds: 900, keywords: 'failed timeout', labels: [{ key: 'team', value: 'a' }] };
    const body = await readStored(LOGS, { stream, search });
    expect(contentsOf(body)).toEqual(['payment failed: timeout']);
  });

  test('reach LTS as its page says: the next page from the last line on, in the order asked for', async () => {
    const logs = [{ content: 'b', line_num: LINE, labels: { __time__: '1700000000000' } }];
    script([200, { logs, scrollId: 'scroll-1' }], [200, { logs: [] }]);
    const search =
      'search: { from: "2023-11-14T00:00:00Z", to: "2023-11-15T00:00:00Z", keywords: "a \\"b\\"" }';
    const selection = `logs(${search}, first: 1, after: $after) { edges { node { id at } } pageInfo { endCursor hasNextPage } }`;
    const body = await readScripted(selection);
    const { edges, pageInfo } = body.logs;
    expect(edges).toEqual([
      { node: { id: `s-1:${LINE}:1700000000000`, at: new Date(1_700_000_000_000).toISOString() } },
    ]);
    await readScripted(selection, { after: pageInfo.endCursor });
    const first = {
      start_time: String(Date.parse('2023-11-14T00:00:00Z')),
      end_time: String(Date.parse('2023-11-15T00:00:00Z')),
      keywords: 'a "b"',
      is_desc: true,
      limit: 1,
      highlight: false,
    };
    const page = {
      search_type: 'forwards',
      line_num: LINE,
      __time__: '1700000000000',
      scroll_id: 'scroll-1',
    };
    expect(sent()).toEqual([
      ['/v2/p/groups/g/streams/s-1/content/query', first],
      ['/v2/p/groups/g/streams/s-1/content/query', { ...first, ...page }],
    ]);
  });

  test('that LTS has not all looked at are an incomplete page, and the next one goes on where it stopped', async () => {
    script(
      [200, { logs: [], isQueryComplete: false, scrollId: 'x' }],
      [200, { logs: [], isQueryComplete: true }],
    );
    const selection =
      'logs(search: { lastSeconds: 60 }, after: $after) { edges { cursor } isComplete pageInfo { hasNextPage endCursor } }';
    const body = await readScripted(selection);
    const { isComplete, pageInfo, edges } = body.logs;
    expect([isComplete, pageInfo.hasNextPage, edges]).toEqual([false, true, []]);
    const next = await readScripted(selection, { after: pageInfo.endCursor });
    expect(next.logs).toEqual({
      edges: [],
      isComplete: true,
      pageInfo: { hasNextPage: false, endCursor: null },
    });
    const [[, before], [, after]] = sent() as [[string, any], [string, any]];
    expect(after).toEqual({ ...before, scroll_id: 'x' });
  });

  test.each<[string, (string | null)[], string[]?]>([
    [
      'any characters, as they were',
      ['\u0000\u001b[31m\u2028 "\\ \u{1F600}', '\ud800 alone', '<HighLightTag>as text</HighLightTag>', ''],
    ],
    ['a million characters, in a page with others', ['x'.repeat(1_000_000), 'short']],
    ['null, as an empty text', [null], ['']],
  ])('have %s', async (_what, contents, expected = contents as string[]) => {
    const logs = contents.map((content, index) => ({ content, line_num: `170000000012345678${index}` }));
    script([200, { logs }]);
    const body = await readScripted('logs(search: { lastSeconds: 60 }) { edges { node { content } } }');
    expect(contentsOf(body)).toEqual(expected);
  });

  test('have highlights as ranges where these are selected, and no markup', async () => {
    const marked =
      '\u{1F600} <HighLightTag>log</HighLightTag> is <HighLightTag>log</HighLightTag><HighLightTag>';
    script([200, { logs: [{ content: marked, line_num: LINE }] }]);
    const body = await readScripted(
      'logs(search: { lastSeconds: 60, keywords: "log" }) { edges { node { content highlights { start end } } } }',
    );
    const [{ node }] = body.logs.edges;
    expect(node.content).toBe('\u{1F600} log is log<HighLightTag>');
    const marks = node.highlights.map(({ start, end }: any) => node.content.slice(start, end));
    expect(marks).toEqual(['log', 'log']);
    expect(sent()).toMatchObject([[expect.anything(), { highlight: true }]]);
  });
});

describe('an LTS that answers otherwise than its page says', () => {
  const page = (first: number) =>
    `logs(search: { lastSeconds: 60 }, first: ${first}, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } }`;
  const logs = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      content: `${index}`,
      line_num: `${10 ** 18 + index * 1_000}`,
    }));

  test('with more logs than were asked for: only these are shown, and the next page has the others', async () => {
    script([200, { logs: logs(500), scrollId: 'after all 500' }]);
    const body = await readScripted(page(3));
    const { edges, pageInfo } = body.logs;
    expect([edges.length, pageInfo.hasNextPage]).toEqual([3, true]);
    await readScripted(page(3), { after: pageInfo.endCursor });
    expect(sent()[1]).toMatchObject([expect.anything(), { line_num: `${10 ** 18 + 2_000}` }]);
    expect((sent()[1] as [string, object])[1]).not.toHaveProperty('scroll_id');
    const context = await readScripted(`logContext(id: "s-1:${LINE}", before: 1, after: 1) { id }`);
    expect(context.logContext).toHaveLength(3);
  });

  test('with the log before the page in it: it is not shown again, and no page says that there is more without saying where', async () => {
    script([200, { logs: logs(1) }]);
    const next = await readScripted(page(1), { after: await endCursorOf(page(1)) });
    expect(next.logs).toEqual({ edges: [], pageInfo: { hasNextPage: false, endCursor: null } });
  });

  test('with the log before the page in it, and as many logs as were asked for: there may be more', async () => {
    script([200, { logs: logs(3) }]);
    const after = await endCursorOf(page(3));
    script([200, { logs: logs(5).slice(2) }]);
    const { logs: next } = await readScripted(page(3), { after });
    expect(next.edges).toHaveLength(2);
    expect(next.pageInfo).toEqual({ hasNextPage: true, endCursor: expect.any(String) });
  });

  test.each(['"', '\u4e2d', 'a'])(
    'with a scrollId of 2,048 times %j: the cursor can be used',
    async (character) => {
      script([200, { logs: logs(1), scrollId: character.repeat(2_048) }]);
      const next = await readScripted(page(1), { after: await endCursorOf(page(1)) });
      expect(next.errors).toBeUndefined();
    },
  );

  test('with isQueryComplete as a string: it is understood', async () => {
    script([200, { logs: [], isQueryComplete: 'false' }]);
    const body = await readScripted('logs(search: { lastSeconds: 60 }) { isComplete }');
    expect(body.logs.isComplete).toBe(false);
  });

  test('with null in a label: it is an empty text', async () => {
    script([200, { logs: [{ content: 'a', line_num: LINE, labels: { a: null } }] }]);
    const body = await readScripted(
      'logs(search: { lastSeconds: 60 }) { edges { node { labels { value } } } }',
    );
    expect(body.logs.edges).toEqual([{ node: { labels: [{ value: '' }] } }]);
  });

  test.each([
    [
      'a label that is nested too deeply',
      'logs',
      `{"logs":[{"line_num":"${LINE}","labels":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}]}`,
    ],
    ['no histogram and no count', 'logHistogram', '{}'],
    ['a histogram that is cut off', 'logHistogram', '{"count":5,"histogram":"[{\\"num\\":"}'],
    [
      'a time beyond the year 9999',
      'logHistogram',
      '{"histogram":[{"num":1,"startTime":1,"endTime":253402300800000}]}',
    ],
  ])('with %s: GATEWAY.BAD_REPLY', async (_, field, reply) => {
    script([200, reply]);
    const body = await readScripted(`${field}(search: { lastSeconds: 60 }) { isComplete }`);
    expect(body.errors[0].extensions.ltsCode).toBe('GATEWAY.BAD_REPLY');
  });
});

test('a search of 180 days can be read on, although it is longer than that by now', async () => {
  script([200, { logs: [{ content: 'a', line_num: LINE }] }]);
  const from = new Date(Date.now() - 180 * 86_400_000 + 300).toISOString();
  const page = pageOf(`{ from: "${from}" }`);
  const after = await endCursorOf(page);
  await until(() => Date.now() - Date.parse(from) > 180 * 86_400_000);
  expect((await readScripted(page, { after })).errors).toBeUndefined();
});

test('what is null in a search is the same as what is omitted, also for its cursors', async () => {
  script([200, { logs: [{ content: 'a', line_num: LINE }] }]);
  const after = await endCursorOf(pageOf('{ lastSeconds: 60 }'));
  const same = '{ lastSeconds: 60, order: null, keywords: "", labels: [], from: null, to: null }';
  expect((await readScripted(pageOf(same), { after })).errors).toBeUndefined();
});

describe('a search is refused before LTS is asked', () => {
  test.each([
    ['{}', 'search', /one of the two/],
    ['{ lastSeconds: 60, from: "2026-01-01T00:00:00Z" }', 'search', /one of the two/],
    ['{ lastSeconds: 60, to: "2026-01-01T00:00:00Z" }', 'search', /one of the two/],
    ['{ to: "2026-01-01T00:00:00Z" }', 'search', /one of the two/],
    ['{ lastSeconds: 0 }', 'search.lastSeconds', /1 to 15552000/],
    [
      '{ lastSeconds: 60, labels: [{ key: "a", value: "1" }, { key: "a", value: "2" }] }',
      'search.labels',
      /once/,
    ],
    ['{ from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z" }', 'search', /180 days/],
    ['{ from: "2025-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z" }', 'search', /180 days/],
  ])('whose time is %s', async (search, path, sentence) => {
    script([500, {}]);
    for (const field of ['logs', 'logHistogram']) {
      const body = await readScripted(`${field}(search: ${search}) { isComplete }`);
      expect(body[field]).toBeNull();
      expect(body.errors).toHaveLength(1);
      expect(body.errors[0].extensions).toMatchObject({
        code: 'INVALID_INPUT',
        ltsCode: 'GATEWAY.INVALID_INPUT',
      });
      const [problem] = body.errors[0].extensions.inputErrors;
      expect(problem.path.join('.')).toBe(path);
      expect(problem.message).toMatch(sentence);
    }
    expect(sent()).toEqual([]);
  });

  test('with a cursor that was tampered with, or is of another search', async () => {
    script([200, { logs: [{ content: 'a', line_num: LINE }] }]);
    const cursor = await endCursorOf(pageOf('{ lastSeconds: 60 }'));
    const fields = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const changed = Buffer.from(JSON.stringify([0, ...fields.slice(1)])).toString('base64url');
    // As of somebody who knows how a cursor is made.
    const madeUp = (...made: unknown[]) => {
      const digest = (value: unknown) =>
        createHash('sha256').update(JSON.stringify(value)).digest('base64url');
      const searched = digest(['s-1', [60, null, null, null, null, 'NEWEST_FIRST']]);
      const text = JSON.stringify([...made, digest([made, searched]).slice(0, 16)]);
      return Buffer.from(text).toString('base64url');
    };
    const [from, to] = fields;
    expect(madeUp(from, to, LINE, null, null)).toBe(cursor);
    const wrong = [
      ...[
        '',
        'x',
        '__proto__',
        cursor.slice(1),
        `${cursor}AA`,
        `${cursor}!=`,
        changed,
        'W10',
        'x'.repeat(50_000),
      ],
      ...[{ toString: 'x' }, 'x', true, -1, 1e300, null, to].map((time) =>
        madeUp(time, to, LINE, null, null),
      ),
      ...[{}, '../x', 5, ''].map((line) => madeUp(from, to, line, null, null)),
      ...[{}, 'x', 5].map((time) => madeUp(from, to, LINE, time, null)),
      madeUp(from, to, null, '123', null),
      madeUp(from, to, LINE, null, {}),
      madeUp(to - 181 * 86_400_000, to, LINE, null, null),
    ];
    for (const after of wrong) {
      const refused = await readScripted(pageOf('{ lastSeconds: 60 }'), { after });
      expect(refused.errors?.[0].extensions).toMatchObject({
        code: 'INVALID_INPUT',
        inputErrors: [{ path: ['after'], message: expect.stringContaining('cursor') }],
      });
    }
    const other = await readScripted(pageOf('{ lastSeconds: 60, keywords: "b" }'), { after: cursor });
    expect(other.errors?.[0].extensions.code).toBe('INVALID_INPUT');
    expect(sent()).toHaveLength(1);
    await readScripted(pageOf('{ lastSeconds: 60 }'), { after: cursor });
    expect(sent()).toHaveLength(2);
  });

  test.each(['first: 0', 'first: 501'])('for a page of %s', async (first) => {
    script([500, {}]);
    const body = await readScripted(`logs(search: { lastSeconds: 60 }, ${first}) { isComplete }`);
    expect(body.errors[0].extensions.inputErrors).toEqual([
      { path: ['first'], message: 'Must be 1 to 500.' },
    ]);
  });
});

describe('what LTS answers to a read of logs', () => {
  const readLogs = () => readScripted('logs(search: { lastSeconds: 60 }) { isComplete }');

  test('429: RATE_LIMITED, with the time to wait', async () => {
    script([429, { error_code: 'APIGW.0308', error_msg: 'throttled' }, { 'retry-after': '7' }]);
    const body = await readLogs();
    expect(body.logs).toBeNull();
    expect(body.errors[0].extensions).toMatchObject({
      code: 'RATE_LIMITED',
      retryAfterSeconds: 7,
      isRetryable: true,
    });
  });

  test('503 once: it is read again, although it is a POST', async () => {
    script([503, ''], [200, { logs: [] }]);
    const body = await readLogs();
    expect(body).toEqual({ logs: { isComplete: true } });
    expect(sent()).toHaveLength(2);
  });

  test('LTS.0202, which is a failed create elsewhere: INTERNAL, retryable', async () => {
    script([500, { error_code: 'LTS.0202', error_msg: 'Failed to query lts log' }]);
    const body = await readLogs();
    expect(body.errors[0].extensions).toMatchObject({
      code: 'INTERNAL',
      ltsCode: 'LTS.0202',
      isRetryable: true,
    });
  });

  test('nothing: the call is given up when the caller goes', async () => {
    let closed = false;
    scripted.answer = replyToWrites(({ socket }) => {
      socket.once('close', () => {
        closed = true;
      });
    }, LISTED);
    const leaving = new AbortController();
    const request = fetch(`${onScripted.url}/graphql`, {
      method: 'POST',
      signal: leaving.signal,
      headers: { 'content-type': 'application/json', 'x-auth-token': 'token-of-leaving' },
      body: JSON.stringify({
        query: '{logStream(projectId:"p",groupId:"g",id:"s-1"){logs(search:{lastSeconds:60}){isComplete}}}',
      }),
    }).catch(() => {});
    await until(() => sent().length === 1);
    leaving.abort();
    await request;
    await until(() => closed);
  });

  test('no logs, or a log without a line number: GATEWAY.BAD_REPLY without its text', async () => {
    for (const reply of [{}, { logs: [{ content: 'secret text' }] }, { logs: 'x' }]) {
      script([200, reply]);
      const body = await readLogs();
      expect(body.errors[0].extensions.ltsCode).toBe('GATEWAY.BAD_REPLY');
      expect(JSON.stringify(body)).not.toContain('secret');
    }
  });
});

describe('reads of content are few', () => {
  test('none in a list of log streams: one error, and nothing is read', async () => {
    const lists = [
      `logStreams(${IN_GROUP}) { ...F }`,
      `logGroup(projectId: "${DEMO.projectId}", id: "${DEMO.groupId}") { logStreams { ...F } }`,
    ];
    for (const list of lists) {
      const body = await readStored(
        `query { ${list} } fragment F on LogStream { id ... { logs(search: { lastSeconds: 60 }) { isComplete } } }`,
        {},
      );
      expect(body.errors).toHaveLength(1);
      expect(body.errors[0].message).toContain('one log stream at a time');
      expect(body.errors[0].extensions.code).toBe('LIMIT_EXCEEDED');
    }
    expect(lts.calls.get('ListLogs')).toBeUndefined();
    expect(lts.calls.get('ListLogStream')).toBeUndefined();
  });

  test('five in one operation', async () => {
    script([200, { logs: [] }]);
    const aliases = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const body = await readScripted(
      aliases.map((alias) => `${alias}: logs(search: { lastSeconds: 60 }) { isComplete }`).join(' '),
    );
    expect(sent()).toHaveLength(5);
    expect(body.errors).toHaveLength(1); // the others are `null` as well, for the same reason
    expect(body.errors[0].extensions.code).toBe('LIMIT_EXCEEDED');
    expect([body.f, body.g]).toEqual([null, null]);
    expect(body.errors[0].message).toBe(
      'The operation is too large: at most 5 reads of the content of log streams.',
    );
  });

  test('none of each log of a context: one error, however many logs and aliases there are', async () => {
    const stream = newStream();
    lts.store.addLogs(
      stream,
      Array.from({ length: 50 }, (_, index) => ({ content: `${index}` })),
    );
    const listed = await readStored(LOGS, { stream, search: { lastSeconds: 900 }, first: 1 });
    const [{ node }] = listed.logs.edges;
    lts.calls.clear();
    const aliases = Array.from({ length: 10 }, (_, index) => `a${index}: context { id }`).join(' ');
    const readContexts = (selection: string) => {
      const fragment = selection.includes('...C') ? `fragment C on Log { ${aliases} }` : '';
      const query = `query ($id: ID!) { logStream(${IN_GROUP}, id: "${stream}") { ${selection} } } ${fragment}`;
      return readStored(query, { id: node.id });
    };
    for (const selection of [
      `logContext(id: $id, before: 50) { ${aliases} }`,
      `... on LogStream { x: logContext(id: $id) { context { ${aliases} } } }`,
      `y: logContext(id: $id) { id } logs(search: { lastSeconds: 900 }, first: 1) { edges { node { context(before: 50) { ...C } } } }`,
    ]) {
      const { errors } = await readContexts(selection);
      expect(errors).toHaveLength(1);
      expect(errors[0].message).toContain('`context` is read of one log at a time');
    }
    expect(lts.calls.get('ListLogContext')).toBe(1); // that of `y`
    expect((await readContexts('logContext(id: $id) { id }')).errors).toBeUndefined();
  });

  test.each([
    ['logStream { name LOGS }', (name: string) => ({ logStream: { name, logs: null } })],
    [
      'logGroup { logStreams { name LOGS } }',
      (name: string) => ({ logGroup: { logStreams: expect.arrayContaining([{ name, logs: null }]) } }),
    ],
  ])('none in the result of a mutation, which must be told: %s', async (selection, expected) => {
    const selected = selection.replace('LOGS', 'logs(search: { lastSeconds: 60 }) { isComplete }');
    const { data, errors } = await gateway.send(
      `mutation { createLogStream(${IN_GROUP}, input: { name: "n" }) { ... on LogStreamCreated { ${selected} } } }`,
    );
    expect(errors).toBeUndefined();
    expect(data.createLogStream).toEqual(expected('n'));
  });

  test('they are audited where the operator wants it, without what was searched for or found', async () => {
    const auditing = await startGateway(lts.url, { auditReads: true });
    const search = { lastSeconds: 900, keywords: 'needle' };
    lts.store.addLogs(DEMO.streamId, [{ content: 'a needle in the hay' }]);
    const body = await auditing.send(LOGS, { stream: DEMO.streamId, search });
    expect(contentsOf(readOf(body))).toEqual(['a needle in the hay']);
    const { projectId, groupId, streamId } = DEMO;
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
      const stream = newStream();
      const to = Math.floor(Date.now() / 1_000) * 1_000;
      lts.store.addLogs(
        stream,
        [50, 40, 40, 5].map((seconds) => ({ content: 'x', at: to - seconds * 1_000 })),
      );
      const body = await readStored(
        `query ($stream: ID!, $search: LogSearch!) {
        logStream(${IN_GROUP}, id: $stream) {
          logHistogram(search: $search, buckets: 6) { count isComplete buckets { from to count } }
        }
      }`,
        { stream, search: { from: new Date(to - 60_000).toISOString(), to: new Date(to).toISOString() } },
      );
      expect(body.errors).toBeUndefined();
      const { count, buckets, isComplete } = body.logHistogram;
      expect([count, isComplete]).toEqual([4, true]);
      expect(buckets.map((bucket: any) => bucket.count).slice(0, 6)).toEqual([0, 1, 2, 0, 0, 1]);
      expect(buckets[0].from).toBe(new Date(to - 60_000).toISOString());
    },
  );

  test('of days has buckets of a day at most, which is as much as LTS takes', async () => {
    script([200, { count: 3, histogram: '' }]);
    const body = await readScripted(
      'logHistogram(search: { lastSeconds: 15552000 }, buckets: 10) { count buckets { count } }',
    );
    expect(body.logHistogram).toEqual({ count: 3, buckets: [] });
    expect(sent()).toMatchObject([['/v2/p/lts/keyword-count', { step_interval: 86_400_000, key_word: '' }]]);
  });
});

describe('the context of a log', () => {
  test('is those before and after it, the oldest first', async () => {
    const stream = newStream();
    lts.store.addLogs(
      stream,
      [1, 2, 3, 4, 5, 6, 7].map((n) => ({ content: `${n}` })),
    );
    const body = await readStored(LOGS, { stream, search: { lastSeconds: 900 }, first: 500 });
    const { id } = body.logs.edges[3].node;
    const read = await readStored(
      `query ($id: ID!) { logStream(${IN_GROUP}, id: "${stream}") { logContext(id: $id, before: 2, after: 1) { id content } } }`,
      { id },
    );
    expect(read.logContext.map(({ content }: any) => content)).toEqual(['2', '3', '4', '5']);
    expect(read.logContext[2].id).toBe(id);
    const nested = await readStored(
      `{ logStream(${IN_GROUP}, id: "${stream}") { logs(search: { lastSeconds: 900 }, first: 1) { edges { node { context(before: 1) { content } } } } } }`,
      {},
    );
    expect(nested.logs.edges[0].node.context).toEqual([{ content: '6' }, { content: '7' }]);
  });

  test('is refused for each log of a longer page, before anything is read', async () => {
    script([200, { logs: [] }]);
    const body = await readScripted(
      'logs(search: { lastSeconds: 60 }) { edges { node { context { id } } } }',
    );
    expect(body.errors).toHaveLength(1);
    expect(body.errors[0].message).toContain('`logContext`');
    expect(sent()).toEqual([]);
  });

  test.each(['', 's-1', `other:${LINE}`, 's-1:../..', `s-1:${LINE}:x`, `s-1:${LINE}:1:2`])(
    'is refused for the ID %j, which is none of this log stream',
    async (id) => {
      script([200, { logs: [] }]);
      const body = await readScripted(`logContext(id: ${JSON.stringify(id)}) { id }`);
      expect(body.errors[0].extensions.inputErrors).toEqual([
        { path: ['id'], message: 'This is not the ID of a log of this log stream.' },
      ]);
      expect(sent()).toEqual([]);
    },
  );
});
