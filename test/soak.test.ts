import { execFile } from 'node:child_process';
import { expect, test } from '@jest/globals';

/** The soak as `npm run soak` runs it, for a moment and without the overload; `npm test` builds it first. */
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

test('a gateway that is sound passes the soak; one that lies, leaks or keeps silent does not', async () => {
  const [sound, lying, leaking, silent] = await Promise.all([
    soak({ SOAK_SECONDS: '3' }),
    soak({ SOAK_SECONDS: '2', SOAK_PRELOAD: LIES }),
    soak({ SOAK_SECONDS: '2', SOAK_PRELOAD: LEAKS }),
    soak({ SOAK_SECONDS: '2', SOAK_PRELOAD: KEEPS_SILENT, SOAK_DEADLINE_MS: '1500' }),
  ]);
  expect(sound).toEqual({ code: 0, output: expect.stringMatching(/mismatches +0\n\nPASS\n$/) });
  expect(lying).toEqual({ code: 1, output: expect.stringMatching(/FAIL: \d+ mismatches/) });
  expect(leaking).toEqual({ code: 1, output: expect.stringContaining('FAIL: memory grew by more than 20%') });
  expect(silent).toEqual({ code: 1, output: expect.stringMatching(/FAIL: \d+ requests without an answer/) });
}, 60_000);
