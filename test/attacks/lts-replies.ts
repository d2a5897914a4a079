import { gzipSync } from 'node:zlib';
import { formatMs } from '../soak/report.ts';
import type { AttackContext } from './attack.ts';

/** Just below `LTS_MAX_REPLY_BYTES`. */
const BYTES = 15_900_000;
/**
 * To find out that a reply is not to be read, or to read it. A create whose reply cannot be read is looked for in
 * lists for 2 seconds, in which the honest callers use CPU time as well.
 */
const MAX_CPU_MS = { read: 1_500, create: 3_000 } as const;

const fill = (before: string, item: (index: number) => string, after: string): string => {
  const items: string[] = [];
  for (let length = 0, index = 0; length < BYTES - 1_000; index += 1) {
    const text = item(index);
    items.push(text);
    length += text.length;
  }
  return before + items.join('').replace(/,$/, '') + after;
};

const GROUP = '"log_group_id":"g","log_group_name":"g","ttl_in_days":7,"creation_time":1700000000000';
const key = (index: number) => index.toString(36);

type Replies = Record<string, () => string>;

/** By project ID, as everything below. */
const MANY_TAGS: Replies = {
  'many-tags': () => fill(`{"log_groups":[{${GROUP},"tag":{`, (i) => `"${key(i)}":"v",`, '}}]}'),
  'many-tags-in-list': () => fill(`{"log_groups":[{${GROUP},"tags":[`, (i) => `{"key":"${key(i)}"},`, ']}]}'),
};
const MANY_KEYS: Replies = {
  'many-keys': () => fill('{', (i) => `"k${key(i)}":0,`, '}'),
};
const MANY_ITEMS: Replies = {
  'many-groups': () => fill('{"log_groups":[', () => '{},', ']}'),
  'many-numbers': () => fill('{"log_groups":[', () => '1,', ']}'),
  'many-strings': () => fill('{"log_groups":[', () => '"",', ']}'),
};
const NESTED: Replies = {
  brackets: () => '['.repeat(BYTES),
  braces: () => '{"a":'.repeat(BYTES / 5),
  nested: () => `{"log_groups":${'['.repeat(BYTES / 2)}${']'.repeat(BYTES / 2)}}`,
};
const LONG: Replies = {
  'long-message': () => `{"error_code":"LTS.0010","error_msg":"${'<a '.repeat(BYTES / 3)}"}`,
  escapes: () => `{"log_groups":[{${GROUP},"log_group_name_alias":"${'\\u0041'.repeat(BYTES / 6)}"}]}`,
};

const QUERIES = {
  read: 'query($p:ID!){logGroups(projectId:$p){id name tags{key value}}}',
  create:
    'mutation($p:ID!){createLogStream(projectId:$p,groupId:"g",input:{name:"a"}){__typename ... on LtsError{code}}}',
};

/** Replies of LTS that are within the limit of bytes, and have far more values in them than any reply of LTS. */
export const attackWithManyTags = (context: AttackContext) => read(context, MANY_TAGS);
export const attackWithManyKeys = (context: AttackContext) => read(context, MANY_KEYS);
export const attackWithManyItems = (context: AttackContext) => read(context, MANY_ITEMS);
export const attackWithNestedReplies = (context: AttackContext) => read(context, NESTED);
export const attackWithLongTexts = (context: AttackContext) => read(context, LONG);

async function read(context: AttackContext, replies: Replies): Promise<void> {
  const { lts } = context;
  for (const [projectId, makeBody] of Object.entries(replies)) {
    const body = makeBody();
    // Compressed: what counts is what is read.
    const compressed = { body: gzipSync(body, { level: 1 }), headers: { 'content-encoding': 'gzip' } };
    lts.answer = (call) => (call.projectId === projectId ? { status: 200, body } : null);
    await ask(context, projectId, 'read');
    lts.answer = (call) => (call.projectId === projectId ? { status: 201, ...compressed } : null);
    await ask(context, projectId, 'create');
  }
}

async function ask({ gateway, attacker, report }: AttackContext, projectId: string, what: 'read' | 'create') {
  const startedAt = performance.now();
  const cpuBefore = await gateway.cpuMs();
  const { status, body } = await attacker.post(
    JSON.stringify({ query: QUERIES[what], variables: { p: projectId } }),
    {
      'x-auth-token': 'token-of-reader',
    },
  );
  const cpu = (await gateway.cpuMs()) - cpuBefore;
  const code = /"(?:ltsCode|code)":"([^"]+)"/.exec(body)?.[1];
  report.print(
    `${projectId}, ${what}`,
    `${formatMs(cpu)} of CPU, ${formatMs(performance.now() - startedAt)}: ${status}, ${code ?? `${body.length} bytes`}`,
  );
  if (cpu > MAX_CPU_MS[what]) report.fail(`${what}: the reply ${projectId} costs ${formatMs(cpu)} of CPU`);
}
