import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type RunningGateway, startGateway } from './support/gateway.ts';
import { replyWith, type ScriptedServer, startScriptedServer } from './support/scripted-server.ts';

let lts: ScriptedServer;
let gateway: RunningGateway;

/** Groups of which some have lists of log streams that fail, or that cannot be read. */
const GROUPS = ['g1', 'g2', 'denied', 'broken'].map((id) => ({
  log_group_id: id,
  log_group_name: `name of ${id}`,
  ttl_in_days: 7,
  creation_time: 1_700_000_000_000,
  tag: { _sys_x: '1', env: 'prod', 'tag "2"': '' },
}));
const STREAMS = [
  { log_stream_id: 's0', log_stream_name: 'taken', ttl_in_days: 1 },
  {
    log_stream_id: 's1',
    log_stream_name: 'one',
    ttl_in_days: -1,
    creation_time: 1_700_000_000_001,
    tag: { a: '1' },
  },
  { log_stream_id: 's2', log_stream_name: 'zwei \u{1f600}', log_stream_name_alias: 'two' },
];

beforeAll(async () => {
  lts = await startScriptedServer();
  lts.answer = (request, response, body) => {
    const url = request.url ?? '';
    const reply = (status: number, json: object) => replyWith(status, json)(request, response, body);
    if (request.method === 'POST' && body.includes('taken')) return reply(400, { error_code: 'LTS.0205' });
    if (request.method === 'POST') return reply(201, { log_stream_id: 'new' });
    if (url.endsWith('/groups')) return reply(200, { log_groups: GROUPS });
    if (url.includes('denied')) return reply(403, { error_code: 'LTS.0001', error_msg: 'No.' });
    if (url.includes('missing')) return reply(400, { error_code: 'LTS.0201', error_msg: 'No log group.' });
    if (url.includes('broken')) return reply(200, { log_streams: [{}] });
    return url.endsWith('/log-streams') ? reply(404, {}) : reply(200, { log_streams: STREAMS });
  };
  gateway = await startGateway(lts.url);
});
afterAll(async () => {
  await gateway.close();
  await lts.close();
});

const alias = fc.constantFrom('', '', 'a: ', 'b: ');
const directive = fc.constantFrom(
  '',
  '',
  '',
  ' @include(if: $yes)',
  ' @skip(if: $yes)',
  ' @include(if: $no)',
);
const field = (name: string, selection = '') =>
  fc.tuple(alias, directive).map(([a, d]) => `${a}${name}${d}${selection}`);

/** Some fields; each name and alias only for one of them, so that all can be merged. */
const some = (type: string, fields: fc.Arbitrary<string>[]) =>
  fc
    .tuple(
      fc.uniqueArray(fc.oneof(...fields), { minLength: 1, maxLength: 5, selector: responseKey }),
      fc.nat(3),
    )
    .map(([chosen, form]) => {
      const text = chosen.join(' ');
      if (form === 0) return ` { ... on ${type} { ${text} } }`;
      return form === 1 ? ` { ... { ${text} } __typename }` : ` { ${text} }`;
    });
const responseKey = (text: string) => /^\w+/.exec(text)?.[0];

const tags = some('Tag', [field('key'), field('value'), field('__typename')]);
const leaves = ['id', 'name', 'alias', 'ttlInDays', 'createdAt', '__typename'].map((name) => field(name));
const stream = some('LogStream', [...leaves, tags.chain((selection) => field('tags', selection))]);
const group = some('LogGroup', [...leaves, stream.chain((selection) => field('logStreams', selection))]);
const query = some('Query', [
  fc
    .tuple(stream, fc.constantFrom('one', 'none', ''))
    .chain(([s, name]) =>
      field(`logStreamByName(projectId: "p", groupName: "name of g1", name: "${name}")`, s),
    ),
  group.chain((selection) => field('logGroups(projectId: "p")', selection)),
  fc
    .tuple(group, fc.constantFrom('g1', 'none', '../x'))
    .chain(([s, id]) => field(`logGroup(projectId: "p", id: "${id}")`, s)),
  fc
    .tuple(stream, fc.constantFrom('g1', 'denied', 'broken', 'missing'))
    .chain(([s, id]) => field(`logStreams(projectId: "p", groupId: "${id}")`, s)),
  field('__typename'),
]);
const after = group.chain((selection) => field('logGroup', selection));
const existing = stream.chain((selection) => field('existingLogStream', selection));
const mutation = fc
  .record({
    id: fc.constantFrom('g1', 'denied', 'none'),
    name: fc.constantFrom('fine', 'one', 'taken', '.wrong'),
    stream,
    after,
    existing,
  })
  .map(
    (
      chosen,
    ) => `{ createLogStream(projectId: $p, groupId: "${chosen.id}", input: { name: "${chosen.name}", tags: [{ key: "k" }] }) {
      __typename
      ... on LogStreamCreated { logStreamId logStream ${chosen.stream} ${chosen.after} }
      ... on LtsError { code message outcome inputErrors { path } isRetryable retryAfterSeconds ${chosen.existing} }
    } }`,
  );

test('an operation has the same response when it is executed by graphql-js and when it is compiled', async () => {
  const kinds = new Set<string>();
  const document = fc.oneof(
    {
      weight: 4,
      arbitrary: query.map((text) => `query ($yes: Boolean = true, $no: Boolean = false) ${text}`),
    },
    {
      weight: 1,
      arbitrary: mutation.map(
        (text) => `mutation ($p: ID!, $yes: Boolean = true, $no: Boolean = false) ${text}`,
      ),
    },
  );
  await fc.assert(
    fc.asyncProperty(document, async (text) => {
      const variables = text.startsWith('mutation') ? { p: 'p' } : {};
      const send = () => gateway.send(text, variables, { 'x-auth-token': 'any', 'x-request-id': 'same' });
      const byGraphqlJs = await send();
      const compiled = await send();
      const again = await send();
      expect(comparable(compiled.text)).toEqual(comparable(byGraphqlJs.text));
      expect(comparable(again.text)).toEqual(comparable(byGraphqlJs.text));
      expect(compiled.status).toBe(byGraphqlJs.status);
      kinds.add(`${byGraphqlJs.status} ${byGraphqlJs.errors ? 'errors' : 'data'}`);
    }),
    { numRuns: Number(process.env.EQUALITY_CASES ?? 150) },
  );
  expect([...kinds]).toEqual(expect.arrayContaining(['200 data', '200 errors']));
}, 120_000);

/** The text of a response. Errors of fields that are read at the same time are in the order in which LTS replied. */
function comparable(text: string): unknown[] {
  const { errors = [] } = JSON.parse(text) as { errors?: object[] };
  return [text.slice(text.indexOf('"data":')), errors.map((error) => JSON.stringify(error)).sort()];
}
