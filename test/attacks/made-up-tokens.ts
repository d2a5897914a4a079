import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpClient, NoResponseError } from '../soak/http-client.ts';
import { formatCounts } from '../soak/report.ts';
import type { AttackContext } from './attack.ts';

const CONNECTIONS = 64;
/** As many as are allowed: together, twice the calls to LTS that may be in flight. */
const ROOT_FIELDS = 10;
/** LTS takes so long to refuse a token. */
const LTS_DELAY_MS = 250;
const DURATION_MS = 4_000;

const READ = JSON.stringify({
  query: `{${Array.from({ length: ROOT_FIELDS }, (_, index) => `g${index}:logStreams(projectId:"strange",groupId:"g${index}"){id}`).join(' ')}}`,
});

/** Tokens that nobody has given out: the gateway has to ask LTS to find out. */
export async function attackWithMadeUpTokens(context: AttackContext): Promise<void> {
  const { gateway, lts, report, source } = context;
  lts.answer = ({ projectId }) =>
    projectId === 'strange'
      ? {
          status: 401,
          body: '{"error_code":"APIGW.0307","error_msg":"The token must be updated."}',
          delayMs: LTS_DELAY_MS,
        }
      : null;
  const outcomes = new Map<string, number>();
  const endAt = performance.now() + DURATION_MS;
  const call = async (_: unknown, connection: number) => {
    const client = createHttpClient(gateway.url, {
      connections: 1,
      localAddress: source.addressOf(connection),
      headers: source.headers,
    });
    for (let count = 0; performance.now() < endAt; count += 1) {
      // Not faster when it is refused: more requests than LTS's delay allows are another attack.
      const [outcome] = await Promise.all([
        client.post(READ, { 'x-auth-token': `made-up-${connection}-${count}` }).then(
          ({ status, body }) => `${status} ${/"(?:ltsCode|code)":"([^"]+)"/.exec(body)?.[1]}`,
          (error: Error) => {
            if (error instanceof NoResponseError) return 'no response';
            throw error;
          },
        ),
        sleep(LTS_DELAY_MS),
      ]);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    client.close();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, call));
  report.print(
    'requests',
    `on ${CONNECTIONS} connections, with ${ROOT_FIELDS} calls each: ${formatCounts(outcomes)}`,
  );
}
