import { appendFileSync } from 'node:fs';

/** `token-reporter.js` sets it, and reads the files in it when all tests have run. */
const folder = process.env.OUTPUT_OF_WHOLE_RUN;

/** In characters: shorter tokens could be in the output by chance. */
const MIN_TOKEN_LENGTH = 12;

/** Records what a gateway wrote, which must not contain a recorded token. */
export function recordOutput(text: string): void {
  if (folder) appendFileSync(`${folder}/${process.pid}.output`, text);
}

/** Records a token that a test sent. */
export function recordToken(token: string | undefined): void {
  if (folder && token && token.length >= MIN_TOKEN_LENGTH)
    appendFileSync(`${folder}/${process.pid}.tokens`, `${token}\n`);
}
