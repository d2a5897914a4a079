import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpClient } from '../soak/http-client.ts';
import { createHttpClient } from '../soak/http-client.ts';
import type { LtsStubReply } from '../soak/lts-stub.ts';
import { formatCounts } from '../soak/report.ts';
import type { AttackContext } from './attack.ts';
import { MANY_ADDRESSES } from './sources.ts';

const READS_PER_SECOND = 9;
/** The circuit breaker needs 20 calls, of which these are most. */
const DURATION_MS = 5_000;

const GATEWAY_TIMEOUT: LtsStubReply = { status: 504, body: '<html>504 Gateway Time-out</html>' };
const NO_REPLY: LtsStubReply = { status: 200, body: '', delayMs: Number.POSITIVE_INFINITY };

/** One caller reads from one project, for which LTS answers with 504. */
export const attackWithFailingProject = (context: AttackContext) =>
  readFrom(context, GATEWAY_TIMEOUT, () => ({ projectId: 'failing', token: 'token-of-attacker' }));

/** One caller reads from one project, for which LTS does not answer. */
export const attackWithSilentProject = (context: AttackContext) =>
  readFrom(context, NO_REPLY, () => ({ projectId: 'failing', token: 'token-of-attacker' }));

/** One address reads from many such projects, with many tokens. */
export const attackWithFailingProjects = (context: AttackContext) =>
  readFrom(context, GATEWAY_TIMEOUT, (count) => ({ projectId: `failing-${count}`, token: `token-${count}` }));

interface Read {
  readonly projectId: string;
  readonly token: string;
}

async function readFrom(
  { attacker, lts, report }: AttackContext,
  reply: LtsStubReply,
  readOf: (count: number) => Read,
): Promise<void> {
  lts.answer = ({ projectId }) => (projectId.startsWith('failing') ? reply : null);
  const outcomes = new Map<string, number>();
  const reads: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let count = 0; performance.now() - startedAt < DURATION_MS; count += 1) {
    reads.push(read(attacker, readOf(count), outcomes));
    await sleep(1_000 / READS_PER_SECOND);
  }
  await Promise.all(reads);
  report.print('reads', formatCounts(outcomes));
}

async function read(
  client: HttpClient,
  { projectId, token }: Read,
  outcomes: Map<string, number>,
): Promise<void> {
  const { body } = await client.post(
    JSON.stringify({ query: 'query($p:ID!){logGroups(projectId:$p){id}}', variables: { p: projectId } }),
    { 'x-auth-token': token },
  );
  const outcome = /"ltsCode":"([^"]+)"/.exec(body)?.[1] ?? (body.includes('"id"') ? 'OK' : 'answered');
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
}

/** Each with an address, a token and a project of its own. */
const OUTAGE_CALLERS = 20;
const OUTAGE_READS_PER_SECOND = 60;
/** By then, the gateway must have noticed. */
const NOTICE_MS = 2_000;
const MAX_CALLS = 0.2;
const MAX_RECOVERY_MS = 12_000;

/** LTS answers nobody: then the gateway must stop calling it, whoever asks. */
export async function checkOutage({ gateway, lts, report }: AttackContext): Promise<void> {
  const clients = Array.from({ length: OUTAGE_CALLERS }, (_, index) =>
    createHttpClient(gateway.url, { connections: 4, localAddress: MANY_ADDRESSES.addressOf(index) }),
  );
  const readFor = async (ms: number) => {
    const outcomes = new Map<string, number>();
    const callsBefore = lts.calls;
    const reads: Promise<void>[] = [];
    for (
      const startedAt = performance.now();
      performance.now() - startedAt < ms;
      await sleep(1_000 / OUTAGE_READS_PER_SECOND)
    ) {
      const index = reads.length % OUTAGE_CALLERS;
      const client = clients[index];
      if (client) reads.push(read(client, { projectId: `p${index}`, token: `token-${index}` }, outcomes));
    }
    await Promise.all(reads);
    return { outcomes, calls: lts.calls - callsBefore, reads: reads.length };
  };
  lts.answer = () => ({ status: 200, body: '{"log_groups":[]}' });
  await readFor(1_000);
  lts.answer = () => GATEWAY_TIMEOUT;
  const first = await readFor(NOTICE_MS);
  const then = await readFor(1_500);
  report.print(
    'outage',
    `at first ${first.calls} calls for ${first.reads} reads, then ${then.calls} for ${then.reads}`,
  );
  if (then.calls > MAX_CALLS * then.reads)
    report.fail(`${then.calls} calls for ${then.reads} reads in an outage`);
  lts.answer = () => ({ status: 200, body: '{"log_groups":[]}' });
  const endAt = performance.now() + MAX_RECOVERY_MS;
  let after = await readFor(500);
  while (after.calls < after.reads && performance.now() < endAt) after = await readFor(500);
  report.print('after it', `${after.calls} calls for ${after.reads} reads`);
  if (after.calls < after.reads)
    report.fail(`LTS is not called again ${MAX_RECOVERY_MS / 1_000} s after an outage`);
  for (const client of clients) client.close();
}
