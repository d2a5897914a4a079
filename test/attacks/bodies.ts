import fc from 'fast-check';
import { formatMs } from '../soak/report.ts';
import { type AttackContext, generate, minCpuMs } from './attack.ts';

const MAX_CPU_MS = 100;
const MAX_RESPONSE_BYTES = 200_000;
/** The gateway's limit, beyond which a body is not even read. */
const MAX_BODY_BYTES = 100 * 1024;
const GENERATED_BODIES = 60;

const list = <T>(n: number, item: (index: number) => T) =>
  Array.from({ length: n }, (_, index) => item(index));

/** The same variable in as many root fields as are allowed. */
const TEN_CREATES = `mutation ($input: CreateLogStreamInput!) { ${list(
  10,
  (i) =>
    `m${i}: createLogStream(projectId: "p", groupId: "g", input: $input) { ... on LtsError { code inputErrors { path message } } }`,
).join(' ')} }`;
const create = (input: unknown) => JSON.stringify({ query: TEN_CREATES, variables: { input } });

const EXPENSIVE_BODIES: Record<string, string> = {
  '50,000 wrong items': create({ name: 'a', tags: list(48_000, () => 1) }),
  '9,000 invalid tags': create({ name: 'a', tags: list(9_000, () => ({ key: '' })) }),
  '100 tags that break every rule': create({
    name: '.',
    tags: list(100, (i) => ({ key: ` _sys_?${'x'.repeat(400)}${i}`, value: '?'.repeat(400) })),
  }),
  '20 tags of one long key': create({ name: 'a', tags: list(20, () => ({ key: 'k'.repeat(4_000) })) }),
  '9,000 unknown fields': create(Object.fromEntries(list(9_000, (i) => [`u${i}`, 1]))),
  'a name of 95,000 periods': create({ name: '.'.repeat(95_000) }),
  'a name of 24,000 emoji': create({ name: '😀'.repeat(23_000) }),
  'an alias of 95,000 spaces': create({ name: 'a', alias: ' '.repeat(95_000) }),
  'nested 45,000 levels deep': `{"query":"{__typename}","variables":${'['.repeat(45_000)}${']'.repeat(45_000)}}`,
  'an ID nested 20,000 levels deep': `{"query":"query($p:ID!){logGroups(projectId:$p){id}}","variables":{"p":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`,
  'an operation name of 95,000 characters': JSON.stringify({
    query: 'query A{__typename}',
    operationName: 'x'.repeat(95_000),
  }),
  'a hash of 95,000 characters': JSON.stringify({
    extensions: { persistedQuery: { version: 1, sha256Hash: 'x'.repeat(95_000) } },
  }),
  'a long document searched for tokens of 700 parts': JSON.stringify({
    query: `#${'a'.repeat(99_000)}\n{ __typename }`,
  }),
  'a long name in fifty problems': JSON.stringify({
    query: `query(${list(50, (i) => `$${'v'.repeat(250)}${i}:ID!`).join('')}){__typename}`,
    variables: {},
  }),
};

const MANY_PARTS = list(700, () => 'aaab'.repeat(5)).join(',');
/** The headers that go with a body. */
const HEADERS: Record<string, Record<string, string>> = {
  'a long document searched for tokens of 700 parts': {
    'x-auth-token': MANY_PARTS,
    authorization: MANY_PARTS,
  },
};

/** Texts of many lengths, of the characters that input rules treat differently. */
const anyText = fc
  .tuple(fc.constantFrom('.', '_', ' ', 'a', '汉', '😀', '_sys_', '\u0301', '<', '\\', '"'), fc.nat(5_000))
  .map(([text, n]) => text.repeat(n));
const anyInput = fc.record({
  name: anyText,
  alias: fc.option(anyText),
  ttlInDays: fc.option(fc.integer({ min: -1_000, max: 1_000 })),
  tags: fc.option(
    fc
      .tuple(fc.nat(100), anyText)
      .map(([n, text]) =>
        list(n, (i) => ({ key: text.slice(0, 60_000 / (n + 1)) + (i % 3), value: text.slice(0, 300) })),
      ),
  ),
});

/** Sends valid documents with expensive variables, and other expensive bodies. */
export async function attackWithBodies({ gateway, attacker, report }: AttackContext): Promise<void> {
  const generated = generate(anyInput.map(create), GENERATED_BODIES);
  let worst = { what: '', ms: 0 };
  let largest = { what: '', bytes: 0 };
  let skipped = 0;
  for (const [what, body] of [...Object.entries(EXPENSIVE_BODIES), ...generated]) {
    if (Buffer.byteLength(body) > MAX_BODY_BYTES) {
      skipped += 1;
      continue;
    }
    let bytes = 0;
    const ms = await minCpuMs(gateway, async () => {
      const response = await attacker.post(body, HEADERS[what] ?? { 'x-auth-token': 'token-of-attacker' });
      bytes = Buffer.byteLength(response.body);
    });
    if (ms > worst.ms) worst = { what, ms };
    if (bytes > largest.bytes) largest = { what, bytes };
    if (ms > MAX_CPU_MS) report.fail(`${what} costs ${formatMs(ms)} of CPU`);
    if (bytes > MAX_RESPONSE_BYTES) report.fail(`${what} is answered with ${bytes} bytes`);
  }
  report.print(
    'bodies',
    `${Object.keys(EXPENSIVE_BODIES).length} known, ${GENERATED_BODIES} generated (${skipped} over the limit left out)`,
  );
  report.print('worst of them', `${formatMs(worst.ms)} of CPU: ${worst.what}`);
  report.print('largest answer', `${largest.bytes} bytes: ${largest.what}`);
}
