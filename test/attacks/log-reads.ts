import { formatBytes, formatMs } from '../soak/report.ts';
import { type AttackContext, repeat } from './attack.ts';

/** An eighth of the heap, as for every response. */
const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;
/** For one request, to answer it or to refuse it. */
const MAX_CPU_MS = 1_500;
/** Simultaneous requests, with five reads each. */
const CONCURRENCY = 4;
const REQUESTS = 24;

const LINE = 1_700_000_000_000_000_000n;
const labels = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`label-${index}`, `value-${index}`]));
const page = (count: number, content: string, withLabels: object) =>
  JSON.stringify({
    logs: Array.from({ length: count }, (_, index) => ({
      content,
      line_num: String(LINE + BigInt(index)),
      labels: withLabels,
    })),
    scrollId: 's'.repeat(1_500),
  });

/** By log group ID. */
const PAGES: Readonly<Record<string, string>> = {
  long: page(500, 'x'.repeat(8_000), labels(10)),
  labelled: page(500, 'x', labels(40)),
  marked: page(500, '<HighLightTag></HighLightTag>'.repeat(250), {}),
  unclosed: page(500, '<HighLightTag>'.repeat(500), {}),
  histogram: JSON.stringify({
    histogram: JSON.stringify(
      Array.from({ length: 60_000 }, (_, index) => ({ num: 1, startTime: index, endTime: index + 1 })),
    ),
  }),
};

const SEARCH = 'search:{lastSeconds:60}';
const FIELDS = 'edges{cursor node{id at content labels{key value}}} pageInfo{endCursor} isComplete';
const inStream = (group: string, selection: string, variables = '') =>
  `query${variables}{logStream(projectId:"p",groupId:"${group}",id:"s"){${selection}}}`;
const aliased = (count: number, selection: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => selection(index)).join(' ');

const DOCUMENTS: readonly (readonly [what: string, query: string, variables?: object])[] = [
  ['a page of long logs', inStream('long', `logs(${SEARCH},first:500){${FIELDS}}`)],
  [
    'five pages of long logs',
    inStream(
      'long',
      aliased(5, (i) => `a${i}:logs(${SEARCH},first:500){${FIELDS}}`),
    ),
  ],
  [
    'labels with 15 long aliases',
    inStream(
      'labelled',
      `logs(${SEARCH},first:500){edges{node{labels{${aliased(15, (i) => `${`a${i}_`.padEnd(128, 'x')}:value`)}}}}}`,
    ),
  ],
  [
    'many highlights',
    inStream('marked', `logs(${SEARCH},first:500){edges{node{content highlights{start end}}}}`),
  ],
  ['tags without end', inStream('unclosed', `logs(${SEARCH},first:500){edges{node{highlights{start}}}}`)],
  ['a histogram of 60,000 buckets', inStream('histogram', `logHistogram(${SEARCH}){buckets{from to count}}`)],
  [
    'a context of each log of a context, with 14 aliases',
    inStream(
      'labelled',
      `logContext(id:"s:${LINE}",before:500,after:500){${aliased(14, (i) => `a${i}:context{id}`)}}`,
    ),
  ],
  [
    'a context of each log of the only context',
    inStream('labelled', `logs(${SEARCH},first:1){edges{node{context(before:500,after:500){context{id}}}}}`),
  ],
  [
    'keywords of 90 kB',
    inStream('labelled', 'logs(search:{lastSeconds:60,keywords:$k},first:500){edges{cursor}}', '($k:String)'),
    { k: '"\\ '.repeat(15_000) },
  ],
  [
    'a cursor of 90 kB',
    inStream('labelled', `logs(${SEARCH},after:$k){edges{cursor}}`, '($k:String)'),
    { k: Buffer.from(`[${'['.repeat(67_000)}`).toString('base64url') },
  ],
];

/** Documents that have much read and much answered, with an LTS whose replies are as long as they may be. */
export async function attackWithLogReads({ gateway, lts, attacker, report }: AttackContext): Promise<void> {
  const stream = { log_stream_id: 's', log_stream_name: 's', creation_time: 1, tag: {} };
  const list = JSON.stringify({ log_streams: [stream] });
  let histograms = 0;
  lts.answer = ({ method, groupId, projectId }) => {
    if (projectId !== 'p') return null; // of an honest caller
    if (method === 'GET') return PAGES[groupId] === undefined ? null : { status: 200, body: list };
    if (groupId !== '') return PAGES[groupId] === undefined ? null : { status: 200, body: PAGES[groupId] };
    histograms += 1;
    return { status: 200, body: PAGES.histogram ?? '' };
  };
  const headers = { 'x-auth-token': 'token-of-log-reader' };
  for (const [what, query, variables] of DOCUMENTS) {
    const before = await gateway.cpuMs();
    const { status, body } = await attacker.post(JSON.stringify({ query, variables }), headers);
    const ms = (await gateway.cpuMs()) - before;
    const bytes = Buffer.byteLength(body);
    const codes = [...body.matchAll(/"code":"(\w+)"/g)].map(([, code]) => code);
    report.print(
      what,
      `${formatMs(ms)} of CPU, ${status}, ${formatBytes(bytes)} ${[...new Set(codes)].join(' ')}`,
    );
    if (bytes > MAX_RESPONSE_BYTES) report.fail(`${what} is answered with ${formatBytes(bytes)}`);
    if (codes.length > 5) report.fail(`${what} has ${codes.length} errors`);
    if (ms > MAX_CPU_MS) report.fail(`${what} took ${formatMs(ms)} of CPU`);
    if (!/^\{"(data|errors)":/.test(body)) report.fail(`${what} is answered with ${body.slice(0, 200)}`);
  }
  if (histograms === 0) report.fail('no histogram was read');
  const five = JSON.stringify({ query: DOCUMENTS[1]?.[1] });
  let closed = 0;
  await repeat(REQUESTS, CONCURRENCY, async (worker) => {
    // The gateway closes connections of an address that has it keep too much.
    const closes = () => {
      closed += 1;
    };
    await attacker.post(five, { 'x-auth-token': `token-of-log-reader-${worker}` }).catch(closes);
  });
  report.print('reads', `${REQUESTS} requests of five pages, ${CONCURRENCY} at a time, ${closed} closed`);
}
