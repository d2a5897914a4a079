import fc from 'fast-check';
import { formatMs } from '../soak/report.ts';
import { type AttackContext, CSRF_HEADERS, generate, minCpuMs } from './attack.ts';

const MAX_CPU_MS = 30;
const MAX_RESPONSE_BYTES = 200_000;
const GENERATED_DOCUMENTS = 150;

const times = (n: number, text: (index: number) => string) =>
  Array.from({ length: n }, (_, i) => text(i)).join(' ');
const inGroups = (selections: string) => `{logGroups(projectId:"p"){${selections}}}`;
const doubling = (last: string) =>
  `{...F0} ${times(24, (i) => `fragment F${i} on Query{...F${i + 1} ...F${i + 1}}`)} fragment F24 on Query{${last}}`;

/** Each was, or could have been, expensive without the limits of `src/limits.ts`. */
const EXPENSIVE_DOCUMENTS: Record<string, string> = {
  'doubling fragments, the last cyclic': doubling('...F0'),
  'doubling fragments, the last unknown': doubling('...X'),
  'doubling fragments': doubling('__typename'),
  'fields repeated 240 times': inGroups(times(240, () => 'tags{key}')),
  'fields repeated as often as allowed': inGroups(times(51, () => 'tags{key}')),
  'repeated in three levels of fragments': `{logGroups(projectId:"p"){...A}}
    fragment A on LogGroup{${times(40, () => 'logStreams{...B}')}}
    fragment B on LogStream{${times(40, () => 'tags{...C}')}} fragment C on Tag{${times(40, () => 'key')}}`,
  'one root field 90 times': `{${times(90, (i) => `logGroups(projectId:"${i}"){id}`)}}`,
  'conflicting arguments': `{__type(name:"LogGroup"){${times(100, (i) => `fields(includeDeprecated:${i % 2 > 0}){name}`)}}}`,
  'long arguments compared': inGroups(times(99, () => `id(x:"${'\\n'.repeat(90)}")`)),
  'errors after 90,000 lines': `${'\n'.repeat(90_000)}{${times(9, (i) => `x${i}`)}}`,
  'comments only': `${'#\n'.repeat(47_000)}{__typename}`,
  'a block string of 90,000 lines': `{__type(name:"""${'\n'.repeat(90_000)}"""){name}}`,
  'a string of escapes': `{__type(name:"${'\\u{1F600}'.repeat(9_000)}"){name}}`,
  'a name of 90,000 characters': `query ${'x'.repeat(90_000)}{__typename}`,
  'nested 330 levels deep': '{a'.repeat(330) + '}'.repeat(330),
  'a list 480 levels deep': `{logGroups(projectId:${'['.repeat(480)}${']'.repeat(480)}){id}}`,
  '200 unused variables': `query(${times(200, (i) => `$a${i}:ID`)}){__typename}`,
  '240 variables of one name': `query(${times(240, () => '$a:ID')}){__typename}`,
  '120 unused fragments': `{__typename} ${times(120, (i) => `fragment F${i} on Query{__typename}`)}`,
  '100 unknown types': `${times(100, (i) => `fragment F${i} on LogGroupz{x}`)}{__typename}`,
  '70 operations with the same fragments': `${times(70, (i) => `query A${i}{...F0}`)}
    ${times(50, (i) => `fragment F${i} on Query{...F${i + 1}}`)} fragment F50 on Query{__typename}`,
  '180 wrong items written out': `mutation{createLogStream(projectId:"p",groupId:"g",input:{name:"a",tags:[${times(180, () => '{q:1}')}]}){__typename}}`,
};

/** At most 1,000 characters, so that one selection does not exceed the limits by itself. */
const repeated = (text: string, n: number) => times(Math.min(n, Math.ceil(1_000 / text.length)), () => text);

/** Fields, fragment spreads and inline fragments, repeated and nested in any combination. */
const anySelection = fc.letrec<{ selection: string }>((tie) => ({
  selection: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(
      'id',
      'name',
      'key',
      '__typename',
      'unknown',
      'id @include(if:true)',
      'id(x:1)',
      '...F0',
      '...F9',
    ),
    fc
      .tuple(
        fc.constantFrom(
          'tags',
          'logStreams',
          'a:tags',
          '...on LogGroup',
          'logGroups(projectId:"p")',
          '...@skip(if:$v)',
        ),
        fc.array(tie('selection'), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 30 }),
      )
      .map(([field, within, repeats]) => repeated(`${field}{${within.join(' ')}}`, repeats)),
  ),
})).selection;

const anyDocument = fc
  .record({
    operations: fc.array(fc.array(anySelection, { minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 3,
    }),
    fragments: fc.array(
      fc.tuple(
        fc.constantFrom('Query', 'LogGroup', 'LogStream', 'Tag', 'X'),
        fc.array(anySelection, { minLength: 1, maxLength: 4 }),
      ),
      { maxLength: 10 },
    ),
    padding: fc.constantFrom('', '\n'.repeat(50_000), '#\n'.repeat(20_000), ','.repeat(50_000)),
  })
  .map(
    ({ operations, fragments, padding }) =>
      padding +
      operations.map((selections, i) => `query Q${i}($v:Boolean!){${selections.join(' ')}}`).join('') +
      fragments.map(([type, selections], i) => `fragment F${i} on ${type}{${selections.join(' ')}}`).join(''),
  )
  .filter((document) => document.length < 95_000);

/** Sends expensive documents by POST, and by GET those that fit into a URL. */
export async function attackWithDocuments({ gateway, attacker, report }: AttackContext): Promise<void> {
  const generated = generate(anyDocument, GENERATED_DOCUMENTS);
  let worst = { what: '', ms: 0 };
  let maxBytes = 0;
  let sent = 0;
  for (const [what, document] of [...Object.entries(EXPENSIVE_DOCUMENTS), ...generated]) {
    const send = async () => {
      sent += 1; // a comment that makes each document new, as a cached one costs less
      const { body } = await attacker.post(JSON.stringify({ query: `${document}#${sent}` }));
      maxBytes = Math.max(maxBytes, Buffer.byteLength(body));
    };
    const ms = await minCpuMs(gateway, send);
    if (ms > worst.ms) worst = { what, ms };
    if (ms > MAX_CPU_MS) report.fail(`${what} costs ${formatMs(ms)}: ${document.trim().slice(0, 300)}`);
    if (document.length < 8_000) {
      await attacker.get(`/graphql?query=${encodeURIComponent(document)}`, CSRF_HEADERS);
    }
  }
  report.print(
    'documents',
    `${Object.keys(EXPENSIVE_DOCUMENTS).length} known and ${GENERATED_DOCUMENTS} generated`,
  );
  report.print('worst of them', `${formatMs(worst.ms)} of CPU: ${worst.what}`);
  report.print('largest answer', `${maxBytes} bytes`);
  if (maxBytes > MAX_RESPONSE_BYTES) report.fail(`an answer of ${maxBytes} bytes`);
}
