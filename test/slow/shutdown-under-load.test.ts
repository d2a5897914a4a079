import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { killProcesses, startInProduction } from '../support/process.ts';

afterEach(killProcesses);

/** Sends requests over one kept-alive connection, one after another, until the port is closed. */
async function sendUntilRefused(
  url: string,
  pauseMs: number,
): Promise<{ answered: number; cutOff: string[] }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const cutOff: string[] = [];
  let answered = 0;
  for (;;) {
    const code = await new Promise<string>((resolve) => {
      const call = request(`${url}/graphql`, {
        agent,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-auth-token': 'one' },
      });
      call.on('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
      call.on('response', (response) => {
        response.on('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
        response.resume().on('end', () => resolve(response.complete ? 'answered' : 'cut off'));
      });
      call.end(JSON.stringify({ query: '{ __typename }' }));
    });
    if (code === 'ECONNREFUSED') break;
    if (code === 'answered') answered += 1;
    else cutOff.push(code);
    await sleep(pauseMs); // the pace of the caller is what is tested
  }
  agent.destroy();
  return { answered, cutOff };
}

describe('under load, SIGTERM', () => {
  test.each([
    [0, 0],
    [0, 20],
    [300, 5],
  ])(
    'with a delay of %i ms cuts off no request of callers that pause for %i ms',
    async (delayMs, pauseMs) => {
      const { child, url, exited } = await startInProduction('http://127.0.0.1:1', {
        SHUTDOWN_DELAY_MS: String(delayMs),
      }); // LTS is not called
      const callers = Array.from({ length: 30 }, () => sendUntilRefused(url, pauseMs));
      await sleep(300); // under way, at different points of their requests
      child.kill('SIGTERM');
      const results = await Promise.all(callers);
      expect(results.flatMap(({ cutOff }) => cutOff)).toEqual([]);
      for (const { answered } of results) expect(answered).toBeGreaterThan(0);
      expect(await exited).toBe(0);
    },
  );
});
