import { createHash, randomBytes } from 'node:crypto';
import type { GatewayProcess } from '../soak/gateway-process.ts';
import { megabytes, type Report } from '../soak/report.ts';
import type { Attacker } from './attacker.ts';

/** Requests of each kind in each round. After the first round all caches are full. */
const REQUESTS = 800;
const ROUNDS = 4;
const AT_ONCE = 8;
/** What all caches may hold together, and what else may come and go, in bytes. */
const MAX_GROWTH = 32 * 1024 * 1024;

const random = (bytes: number) => randomBytes(bytes).toString('hex');
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

/** Valid documents and other texts, no two alike. */
const KINDS: Record<string, (attacker: Attacker) => Promise<unknown>> = {
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
  'short documents': (attacker) =>
    attacker.post(JSON.stringify({ query: `query Q${random(8)}{__typename}` })),
  'short documents in long URLs': (attacker) =>
    attacker.get(
      `/graphql?pad=${random(12_000)}&query=query Q${random(8)}{__typename}`.replaceAll(' ', '%20'),
    ),
  'persisted queries of 95 kB': (attacker) => {
    const query = `{__typename}#${random(47_000)}`;
    const persistedQuery = { version: 1, sha256Hash: hashOf(query) };
    return attacker.post(JSON.stringify({ query, extensions: { persistedQuery } }));
  },
  'short persisted queries': (attacker) => {
    const query = `{__typename}#${random(8)}`;
    const persistedQuery = { version: 1, sha256Hash: hashOf(query) };
    return attacker.post(JSON.stringify({ query, extensions: { persistedQuery } }));
  },
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

/** What callers send must not fill the memory, whatever they send; the gateway's heap is limited to 256 MB. */
export async function attackMemory(
  gateway: GatewayProcess,
  attacker: Attacker,
  report: Report,
): Promise<void> {
  const before = await gateway.memory();
  const live: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await sendAll(attacker);
    live.push((await gateway.memory()).live);
  }
  report.tell('requests', `${ROUNDS * REQUESTS} each of: ${Object.keys(KINDS).join(', ')}`);
  report.tell('live memory', `${megabytes(before.live)} before, then ${live.map(megabytes).join(', ')}`);
  const grownBy = Math.max(...live) - before.live;
  if (grownBy > MAX_GROWTH) report.fail(`live memory grew by ${megabytes(grownBy)}`);
}

async function sendAll(attacker: Attacker): Promise<void> {
  let left = REQUESTS;
  const send = async () => {
    while (left-- > 0) for (const kind of Object.values(KINDS)) await kind(attacker);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, send));
}
