import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpClient } from '../soak/http-client.ts';
import { formatMs, type Report } from '../soak/report.ts';
import { RequestStats } from '../soak/request-stats.ts';

const DEADLINE_MS = 10_000;
const MAX_P99_MS = 1_500;
/** At most, of each of the three callers. */
const REQUESTS_PER_SECOND = 10;

const CREATE_LOG_STREAM = `mutation ($name: String!) {
  createLogStream(projectId: "p", groupId: "g", input: { name: $name }) { __typename }
}`;

/** Runs an attack while three callers on 127.0.0.1 create log streams and probe the gateway. Checks their responses. */
export async function withHonestCallers(
  url: string,
  report: Report,
  attack: () => Promise<void>,
): Promise<void> {
  const stats = new RequestStats();
  let isOver = false;
  const callers = ['honest-one', 'honest-two', 'honest-three'].map((name) =>
    callUntil(() => isOver, url, `token-of-${name}`, stats),
  );
  try {
    await attack();
  } finally {
    isOver = true;
    await Promise.all(callers);
    const p99 = stats.latencyMs(0.99);
    report.print(
      'honest callers',
      `${stats.requests} requests, ${stats.failed} not answered well, p99 ${formatMs(p99)}`,
    );
    if (stats.failed > 0) {
      report.fail(`${stats.failed} requests of honest callers: ${JSON.stringify([...stats.failures])}`);
    }
    if (stats.requests === 0) report.fail('no honest caller came to send a request');
    if (p99 > MAX_P99_MS) report.fail(`p99 of honest callers was ${formatMs(p99)}`);
  }
}

async function callUntil(
  isOver: () => boolean,
  url: string,
  token: string,
  stats: RequestStats,
): Promise<void> {
  const client = createHttpClient(url, { connections: 1, deadlineMs: DEADLINE_MS });
  for (let count = 0; !isOver(); count += 1) {
    const startedAt = performance.now();
    stats.requests += 1;
    const isProbe = count % 5 === 0;
    const body = JSON.stringify({ query: CREATE_LOG_STREAM, variables: { name: `honest-${count}` } });
    const response = isProbe ? client.get('/livez') : client.post(body, { 'x-auth-token': token });
    await response.then(
      ({ status, body: text }) => {
        const isSuccess = status === 200 && (isProbe || text.includes('LogStreamCreated'));
        const failure = isSuccess ? null : `${status} ${text.slice(0, 100)}`;
        stats.recordResponse(performance.now() - startedAt, failure);
      },
      (error: Error) => stats.recordFailure(error.message),
    );
    await sleep(1_000 / REQUESTS_PER_SECOND);
  }
  client.close();
}
