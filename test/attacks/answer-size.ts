import fc from 'fast-check';
import { listOf } from '../soak/lts-stub.ts';
import { formatBytes, formatMs } from '../soak/report.ts';
import { type AttackContext, generate } from './attack.ts';

/** An eighth of the heap. The longest list that LTS's quotas allow has 8.5 MB with all of its fields. */
const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;
/**
 * To read LTS's replies, and to notice that the response would be too large: so many times what the same list costs that
 * is answered, or this where that is less.
 */
const MAX_TIMES = 2;
const MIN_LIMIT_MS = 1_500;
const GENERATED_DOCUMENTS = 8;

const TAGS = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`key-${index}`, `value-${index}`]));

const inGroup = (selection: string) => `logStreams(projectId:"p",groupId:"tagged"){${selection}}`;
const times = (n: number, text: (index: number) => string) =>
  Array.from({ length: n }, (_, index) => text(index)).join(' ');
const alias = (characters: number, index: number) => `a${index}_`.padEnd(characters, 'x');

const ORDINARY = `{${inGroup('id name alias ttlInDays createdAt tags{key value}')}}`;
/** 2 kB that ask for 400 MB. */
const AMPLIFIED = `{${inGroup(`tags{${times(15, (index) => `${alias(128, index)}:key`)}}`)}}`;

/** Lists that are asked for several times in one operation, with aliases of any length where they multiply. */
const anyDocument = fc
  .record({
    lists: fc.integer({ min: 1, max: 10 }),
    aliases: fc.integer({ min: 0, max: 15 }),
    characters: fc.integer({ min: 4, max: 128 }),
    within: fc.constantFrom('tags', 'streams'),
    fragment: fc.boolean(),
    fields: fc.subarray([
      'id',
      'name',
      'alias',
      'ttlInDays',
      'createdAt',
      'enterpriseProjectId',
      '__typename',
    ]),
  })
  .map(({ lists, aliases, characters, within, fragment, fields }) => {
    // An alias within a list counts each time that the list is asked for.
    const perList = Math.floor((15 - (lists > 1 ? lists : 0)) / lists);
    const aliased = times(
      Math.max(0, Math.min(aliases, perList)),
      (index) => `${alias(characters, index)}:${within === 'tags' ? 'value' : 'name'}`,
    );
    const selection = `${fields.join(' ')} ${within === 'tags' ? '' : aliased} tags{key ${within === 'tags' ? aliased : ''}}`;
    const root = inGroup(fragment ? '...F' : selection);
    const operation = `{${lists === 1 ? root : times(lists, (index) => `l${index}:${root}`)}}`;
    return fragment ? `${operation} fragment F on LogStream{${selection}}` : operation;
  });

/** Small documents whose responses would be far larger than the lists that they are made of. */
export const attackWithLargeAnswers = (context: AttackContext) =>
  request(context, [
    ['an ordinary list', ORDINARY],
    ['15 long aliases in tags', AMPLIFIED],
  ]);

export const attackWithGeneratedAnswers = (context: AttackContext) =>
  request(context, generate(anyDocument, GENERATED_DOCUMENTS));

async function request(
  context: AttackContext,
  documents: readonly [what: string, document: string][],
): Promise<void> {
  const { gateway, lts, attacker, report } = context;
  const list = listOf(10_000, TAGS);
  lts.answer = ({ groupId }) => (groupId === 'tagged' ? { status: 200, body: list } : null);
  let largest = { what: '', bytes: 0 };
  let refused = 0;
  // Once: each such answer makes the honest callers wait as well.
  const cpuBefore = await gateway.cpuMs();
  await attacker.post(JSON.stringify({ query: ORDINARY }), { 'x-auth-token': 'token-of-reader' });
  const ordinaryMs = (await gateway.cpuMs()) - cpuBefore;
  const maxMs = Math.max(MIN_LIMIT_MS, MAX_TIMES * ordinaryMs);
  for (const [what, document] of documents) {
    const before = await gateway.cpuMs();
    const { body } = await attacker.post(JSON.stringify({ query: document }), {
      'x-auth-token': 'token-of-reader',
    });
    const ms = (await gateway.cpuMs()) - before;
    const bytes = Buffer.byteLength(body);
    if (bytes > largest.bytes) largest = { what, bytes };
    if (bytes > MAX_RESPONSE_BYTES)
      report.fail(`${what} is answered with ${formatBytes(bytes)}: ${document}`);
    if (body.slice(0, 20).includes('"data":{"')) continue;
    refused += 1;
    if (what === 'an ordinary list') report.fail(`${what} is refused: ${body.slice(0, 200)}`);
    if (!isRefusalWithReason(body))
      report.fail(`${what} is answered with ${body.slice(0, 200)}: ${document}`);
    if (ms > maxMs)
      report.fail(`${what} was refused after ${formatMs(ms)} of CPU, more than ${formatMs(maxMs)}`);
  }
  report.print('documents', `${documents.length}, ${refused} refused`);
  report.print('an ordinary answer', `${formatMs(ordinaryMs)} of CPU`);
  report.print('largest answer', `${formatBytes(largest.bytes)}: ${largest.what}`);
}

/** As every refusal by a limit: a code that says so, and a sentence with the limit in it. */
function isRefusalWithReason(body: string): boolean {
  try {
    const [error] = JSON.parse(body).errors;
    return error.extensions.code === 'LIMIT_EXCEEDED' && /\d/.test(error.message);
  } catch {
    return false;
  }
}
