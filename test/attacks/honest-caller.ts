import { setTimeout as sleep } from 'node:timers/promises';
import { connectTo } from '../soak/client.ts';
import { millis, type Report } from '../soak/report.ts';
import { Tally } from '../soak/tally.ts';

const DEADLINE_MS = 10_000;
const MAX_P99_MS = 1_500;
/** Requests of one caller a second; there are three. */
const PER_SECOND = 10;

const CREATE = `mutation ($name: String!) {
  createLogStream(projectId: "p", groupId: "g", input: { name: $name }) { __typename }
}`;

/**
 * Runs an attack while three honest callers on 127.0.0.1 create log streams and probe the gateway, and fails where
 * one of them is not answered, or not in time.
 */
export async function besideHonestCallers<T>(
  url: string,
  report: Report,
  attack: () => Promise<T>,
): Promise<T> {
  const tally = new Tally();
  let isOver = false;
  const callers = ['honest-one', 'honest-two', 'honest-three'].map((name) =>
    callHonestly(url, `token-of-${name}`, tally, () => isOver),
  );
  try {
    return await attack();
  } finally {
    isOver = true;
    await Promise.all(callers);
    const wrong = [...tally.failures.values()].reduce((sum, count) => sum + count, 0);
    const p99 = tally.latency(0.99);
    report.tell(
      'honest callers',
      `${tally.requests} requests, ${wrong} not answered well, p99 ${millis(p99)}`,
    );
    if (wrong > 0) report.fail(`${wrong} requests of honest callers: ${JSON.stringify([...tally.failures])}`);
    if (tally.requests === 0) report.fail('no honest caller came to send a request');
    if (p99 > MAX_P99_MS) report.fail(`p99 of honest callers was ${millis(p99)}`);
  }
}

async function callHonestly(url: string, token: string, tally: Tally, isOver: () => boolean): Promise<void> {
  const client = connectTo(url, DEADLINE_MS, 1);
  for (let count = 0; !isOver(); count += 1) {
    const startedAt = performance.now();
    tally.requests += 1;
    const isProbe = count % 5 === 0;
    const body = JSON.stringify({ query: CREATE, variables: { name: `honest-${count}` } });
    await (isProbe ? client.get('/livez') : client.post(body, token)).then(
      ({ status, body: answer }) => {
        const isGood = status === 200 && (isProbe || answer.includes('LogStreamCreated'));
        tally.answered(performance.now() - startedAt, isGood ? null : `${status} ${answer.slice(0, 100)}`);
      },
      (error: Error) => {
        tally.failures.set(error.message, (tally.failures.get(error.message) ?? 0) + 1);
      },
    );
    await sleep(1_000 / PER_SECOND);
  }
  client.close();
}
