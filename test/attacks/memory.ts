import { createHash, randomBytes } from 'node:crypto';
import type { HttpClient } from '../soak/http-client.ts';
import { formatBytes } from '../soak/report.ts';
import { type AttackContext, CSRF_HEADERS, repeat } from './attack.ts';

/** Of each kind in each round. After the first round all caches are full. */
const REQUESTS_PER_ROUND = 800;
const ROUNDS = 3;
const CONCURRENCY = 8;
/** All caches together, and what varies otherwise, in bytes. */
const MAX_GROWTH = 48 * 1024 * 1024;

const random = (bytes: number) => randomBytes(bytes).toString('hex');

function postPersistedQuery(attacker: HttpClient, query: string): Promise<unknown> {
  const sha256Hash = createHash('sha256').update(query).digest('hex');
  return attacker.post(JSON.stringify({ query, extensions: { persistedQuery: { version: 1, sha256Hash } } }));
}

/** Each sends texts that are new each time, so that caches grow if they can. */
const REQUEST_KINDS: Record<string, (attacker: HttpClient) => Promise<unknown>> = {
  'documents of 95 kB': (attacker) =>
    attacker.post(JSON.stringify({ query: `{__typename}#${random(47_000)}` })),
  'documents with long values': (attacker) =>
    attacker.post(JSON.stringify({ query: `{__type(name:"${random(4_900)}"){name}}` })),
  'documents of many fields': (attacker) =>
    attacker.post(
      JSON.stringify({
        query: `query Q${random(16)}{__type(name:"${random(8)}"){${'name description '.repeat(50)}}}`,
      }),
    ),
  'documents of calls to LTS, each twice': async (attacker) => {
    const fields = Array.from(
      { length: 9 },
      () => 'logGroups(projectId:"p"){id name alias ttlInDays createdAt}',
    );
    const query = `query Q${random(16)}{${fields.map((field, index) => `a${index}:${field}`).join(' ')}}`;
    for (let time = 0; time < 2; time += 1) await attacker.post(JSON.stringify({ query }));
  },
  'short documents': (attacker) =>
    attacker.post(JSON.stringify({ query: `query Q${random(8)}{__typename}` })),
  'short documents in long URLs': (attacker) =>
    attacker.get(
      `/graphql?pad=${random(12_000)}&query=query Q${random(8)}{__typename}`.replaceAll(' ', '%20'),
      CSRF_HEADERS,
    ),
  'persisted queries of 95 kB': (attacker) => postPersistedQuery(attacker, `{__typename}#${random(47_000)}`),
  'short persisted queries': (attacker) => postPersistedQuery(attacker, `{__typename}#${random(8)}`),
  'unknown hashes': (attacker) =>
    attacker.post(
      JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash: random(40_000) } } }),
    ),
  'long variables': (attacker) =>
    attacker.post(
      JSON.stringify({
        query: 'query($p:ID!){logGroups(projectId:$p){id}}',
        variables: { p: random(47_000) },
      }),
      { 'x-auth-token': random(1_000) },
    ),
};

/** Sends what the gateway caches, or could keep by mistake. */
export async function attackMemory({ gateway, attacker, report }: AttackContext): Promise<void> {
  const before = await gateway.memory();
  const live: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await repeat(REQUESTS_PER_ROUND, CONCURRENCY, async () => {
      for (const send of Object.values(REQUEST_KINDS)) await send(attacker);
    });
    live.push((await gateway.memory()).live);
  }
  report.print(
    'requests',
    `${ROUNDS * REQUESTS_PER_ROUND} each of: ${Object.keys(REQUEST_KINDS).join(', ')}`,
  );
  report.print('live memory', `${formatBytes(before.live)} before, then ${live.map(formatBytes).join(', ')}`);
  const growth = Math.max(...live) - before.live;
  if (growth > MAX_GROWTH) report.fail(`live memory grew by ${formatBytes(growth)}`);
}
