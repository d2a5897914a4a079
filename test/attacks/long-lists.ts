import { formatBytes } from '../soak/report.ts';
import { type AttackContext, repeat } from './attack.ts';

const REQUESTS = 24;
const CONCURRENCY = 3;

const LIST = JSON.stringify({
  query: '{logStreams(projectId:"p",groupId:"huge"){id name alias ttlInDays createdAt tags{key value}}}',
});

/** The longest response possible for a list: 15 aliases, the maximum, with names of 128 characters, the maximum. */
const AMPLIFIED_LIST = JSON.stringify({
  query: `{logStreams(projectId:"p",groupId:"large"){${Array.from(
    { length: 15 },
    (_, index) => `${'a'.repeat(126)}${index + 10}:ttlInDays`,
  ).join(' ')}}}`,
});
/** Simultaneous requests of one token for the list whose response is the largest. */
const AMPLIFIED_REQUESTS = 12;

/** Requests lists as long as LTS's quotas allow, again and again, with a valid token. */
export async function attackWithLongLists({ gateway, attacker, report }: AttackContext): Promise<void> {
  let maxBytes = 0;
  const wrong: string[] = [];
  await repeat(REQUESTS, CONCURRENCY, async (worker) => {
    const { status, body } = await attacker.post(LIST, { 'x-auth-token': `token-of-reader-${worker}` });
    maxBytes = Math.max(maxBytes, Buffer.byteLength(body));
    if (status !== 200 || !body.includes('"data":{"logStreams":[{')) {
      wrong.push(`${status} ${body.slice(0, 200)}`);
    }
  });
  if (wrong.length > 0) report.fail(`${wrong.length} long lists were answered such as ${wrong[0]}`);
  const amplified = await Promise.allSettled(
    Array.from({ length: AMPLIFIED_REQUESTS }, () =>
      attacker.post(AMPLIFIED_LIST, { 'x-auth-token': 'token-of-amplifier' }),
    ),
  );
  // The gateway buffers at most 64 MiB of responses that callers have not read, and drops the others.
  const sizes = amplified.flatMap((result) =>
    result.status === 'fulfilled' ? [Buffer.byteLength(result.value.body)] : [],
  );
  const { live, rss } = await gateway.memory();
  report.print('lists', `${REQUESTS} of 10,000 log streams, ${formatBytes(maxBytes)} each`);
  report.print(
    'amplified',
    `${sizes.length} of ${AMPLIFIED_REQUESTS} at the same time, up to ${formatBytes(Math.max(0, ...sizes))}`,
  );
  report.print('memory', `live ${formatBytes(live)}, resident ${formatBytes(rss)}`);
}
