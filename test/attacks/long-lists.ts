import type { GatewayProcess } from '../soak/gateway-process.ts';
import { megabytes, type Report } from '../soak/report.ts';
import type { Attacker } from './attacker.ts';

const REQUESTS = 24;
const AT_ONCE = 3;

const LIST = JSON.stringify({
  query: '{logStreams(projectId:"p",groupId:"huge"){id name alias ttlInDays createdAt tags{key value}}}',
});

/** The longest response that a list can be made into: each value 15 times more, under the longest names. */
const AMPLIFIED = JSON.stringify({
  query: `{logStreams(projectId:"p",groupId:"large"){${Array.from(
    { length: 15 },
    (_, index) => `${'a'.repeat(126)}${index + 10}:ttlInDays`,
  ).join(' ')}}}`,
});
/** So many share one list of LTS, being the same caller's. */
const SHARING = 12;

/** Lists as long as LTS's quotas allow, asked for again and again by callers that may. */
export async function attackWithLongLists(
  gateway: GatewayProcess,
  attacker: Attacker,
  report: Report,
): Promise<void> {
  let left = REQUESTS;
  let bytes = 0;
  const wrong: string[] = [];
  const ask = async (token: string) => {
    while (left-- > 0) {
      const answer = await attacker.post(LIST, { 'x-auth-token': token });
      bytes = Math.max(bytes, answer.bytes);
      if (answer.status !== 200 || !answer.body.includes('"data":{"logStreams":[{')) {
        wrong.push(`${answer.status} ${answer.body.slice(0, 200)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => ask(`token-of-reader-${index}`)));
  if (wrong.length > 0) report.fail(`${wrong.length} long lists were answered such as ${wrong[0]}`);
  const shared = Array.from({ length: SHARING }, () =>
    attacker.post(AMPLIFIED, { 'x-auth-token': 'token-of-sharer' }),
  );
  // Of answers that are not taken fast enough, the gateway keeps 64 MiB and gives up the rest.
  const amplified = (await Promise.allSettled(shared)).flatMap((answer) =>
    answer.status === 'fulfilled' ? [answer.value.bytes] : [],
  );
  const { live, rss } = await gateway.memory();
  report.tell('lists', `${REQUESTS} of 10,000 log streams, ${megabytes(bytes)} each`);
  report.tell(
    'amplified',
    `${amplified.length} of ${SHARING} at the same time, up to ${megabytes(Math.max(0, ...amplified))}`,
  );
  report.tell('memory', `live ${megabytes(live)}, resident ${megabytes(rss)}`);
}
