import { execFile } from 'node:child_process';
import { expect, test } from '@jest/globals';

/** The soak as `npm run soak` runs it, for a moment and without the overload; `npm run test:soak` builds it first. */
function soak(env: Record<string, string>): Promise<{ code: number | null; output: string }> {
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

/** Breaks the gateway in its own process: `write` is called with each answer, and says what is sent instead. */
const answering = (write: string) =>
  `data:text/javascript,${encodeURIComponent(`
    import { ServerResponse } from 'node:http';
    const { end } = ServerResponse.prototype;
    const write = ${write};
    ServerResponse.prototype.end = function (body, ...rest) {
      const answer = write(String(body ?? ''));
      return answer === null ? this : end.call(this, answer, ...rest);
    };`)}`;

const LIES = answering(`(body) => body.replace(/"logStreamId":"......../, '"logStreamId":"ffffffff')`);
const KEEPS_SILENT = answering(`(body) => (Math.random() < 0.1 ? null : body)`);
const LEAKS = answering(`(body) => {
  (globalThis.leak ??= []).push(Array.from({ length: 20_000 }, () => ({ body })));
  return body;
}`);

test('a gateway that is sound passes', async () => {
  const sound = await soak({ SOAK_SECONDS: '4' });
  expect(sound).toEqual({ code: 0, output: expect.stringMatching(/mismatches +0\n\nPASS\n$/) });
}, 30_000);

test.each<[string, Record<string, string>, RegExp]>([
  ['lies', { SOAK_PRELOAD: LIES }, /FAIL: \d+ mismatches/],
  ['leaks', { SOAK_PRELOAD: LEAKS }, /FAIL: memory grew by more than 20%/],
  [
    'keeps silent',
    { SOAK_PRELOAD: KEEPS_SILENT, SOAK_DEADLINE_MS: '1500' },
    /FAIL: \d+ requests without an answer/,
  ],
])(
  'one that %s does not',
  async (_what, settings, reason) => {
    const { code, output } = await soak({ SOAK_SECONDS: '2', ...settings });
    expect(output).toMatch(reason);
    expect(code).toBe(1);
  },
  30_000,
);
