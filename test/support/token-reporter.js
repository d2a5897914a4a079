import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * A jest reporter that fails when a gateway's output or jest's contains a token that a test sent. It also prints why
 * tests were skipped.
 */
export default class TokenReporter {
  #folder = mkdtempSync(path.join(tmpdir(), 'lts-gateway-output-'));
  #printed = '';
  #isWholeRun = false;
  /** Number of skipped tests by what they need. */
  #skipped = new Map();
  #error;

  constructor(config) {
    process.env.OUTPUT_OF_WHOLE_RUN = this.#folder; // the workers inherit it
    // Not when all tests have run: what they started may still write as it ends.
    process.once('exit', () => rmSync(this.#folder, { recursive: true, force: true }));
    const { nonFlagArgs, testPathPatterns, testNamePattern } = config;
    this.#isWholeRun = nonFlagArgs.length === 0 && !testPathPatterns.isSet() && !testNamePattern;
  }

  onTestResult(_test, { console, failureMessage, testResults }) {
    for (const { status, fullName } of testResults) {
      if (status !== 'pending') continue;
      const need = /\(needs ([^)]+)\)/.exec(fullName)?.[1] ?? fullName;
      this.#skipped.set(need, (this.#skipped.get(need) ?? 0) + 1);
    }
    this.#printed += JSON.stringify(console ?? []) + (failureMessage ?? '');
  }

  onRunComplete() {
    const read = (ending) =>
      readdirSync(this.#folder)
        .filter((file) => file.endsWith(ending))
        .map((file) => readFileSync(path.join(this.#folder, file), 'utf8'))
        .join('');
    const output = read('.output') + this.#printed;
    const tokens = new Set(read('.tokens').split('\n').filter(Boolean));
    const found = [...tokens].filter((token) => output.includes(token));
    const skipped = [...this.#skipped].map(([need, count]) => `${count} for want of ${need}`);
    if (skipped.length > 0) process.stdout.write(`\nSkipped: ${skipped.join(', ')}\n`);
    if (this.#isWholeRun) {
      process.stdout.write(`\n${tokens.size} tokens searched for in ${output.length} characters of output\n`);
      if (tokens.size < 10 || output.length < 100_000) this.#fail('That is too little to say anything.');
    }
    for (const token of found.slice(0, 5))
      this.#fail(`A token is in the output: ${surroundings(output, token)}`);
  }

  #fail(message) {
    process.stdout.write(`${message}\n`);
    this.#error = new Error(message);
  }

  getLastError() {
    return this.#error;
  }
}

/** The text around the first occurrence of the token, without the token. */
function surroundings(output, token) {
  const at = output.indexOf(token);
  return output.slice(Math.max(0, at - 200), at + token.length + 100).replaceAll(token, '…');
}
