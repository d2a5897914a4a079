import { execFile } from 'node:child_process';
import { expect, test } from '@jest/globals';

/** Runs the built soak for a few seconds, without the overload. */
function runSoak(env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const settings = { PATH: process.env.PATH, SOAK_OVERLOAD_SECONDS: '0', SOAK_RATE: '60', ...env };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['dist-soak/test/soak/main.js'],
      { env: settings },
      (_e, output) => resolve({ code: child.exitCode, output }),
    );
  });
}

/**
 * A module that breaks the gateway in its own process.
 *
 * @param replace source of a function that maps the body of each response to the one that is sent, or `null` for none
 */
const replacingResponses = (replace: string) =>
  `data:text/javascript,${encodeURIComponent(`
    import { ServerResponse } from 'node:http';
    const { end } = ServerResponse.prototype;
    const replace = ${replace};
    ServerResponse.prototype.end = function (body, ...rest) {
      const replaced = replace(String(body ?? ''));
      return replaced === null ? this : end.call(this, replaced, ...rest);
    };`)}`;

const WRONG_IDS = replacingResponses(
  `(body) => body.replace(/"logStreamId":"......../, '"logStreamId":"ffffffff')`,
);
const NO_RESPONSES = replacingResponses(`(body) => (Math.random() < 0.1 ? null : body)`);
const MEMORY_LEAK = replacingResponses(`(body) => {
  (globalThis.leak ??= []).push(Array.from({ length: 20_000 }, () => ({ body })));
  return body;
}`);

test('the soak passes on the unchanged gateway', async () => {
  const run = await runSoak({ SOAK_SECONDS: '4' });
  expect(run).toEqual({ code: 0, output: expect.stringMatching(/mismatches +0\n\nPASS\n$/) });
}, 30_000);

test.each<[string, Record<string, string>, RegExp]>([
  ['responds with wrong IDs', { SOAK_PRELOAD: WRONG_IDS }, /FAIL: Under faults: \d+ mismatches/],
  ['leaks memory', { SOAK_PRELOAD: MEMORY_LEAK }, /FAIL: Under faults: memory grew by more than 20%/],
  [
    'leaves requests without a response',
    { SOAK_PRELOAD: NO_RESPONSES, SOAK_DEADLINE_MS: '1500' },
    /FAIL: Under faults: \d+ requests without an answer/,
  ],
])(
  'the soak fails on a gateway that %s',
  async (_defect, settings, reason) => {
    const { code, output } = await runSoak({ SOAK_SECONDS: '2', ...settings });
    expect(output).toMatch(reason);
    expect(code).toBe(1);
  },
  30_000,
);
