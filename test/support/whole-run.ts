import { appendFileSync } from 'node:fs';

/** Where the reporter `token-reporter.js` looks when all tests have run; it sets the variable. */
const folder = process.env.OUTPUT_OF_WHOLE_RUN;

/** Shorter ones would be found by chance. */
const SHORTEST_TOKEN = 12;

/** Remembers what a gateway has written, to be searched for tokens when all tests have run. */
export function noteOutput(text: string): void {
  if (folder) appendFileSync(`${folder}/${process.pid}.output`, text);
}

/** Remembers a token that a test has sent. */
export function noteToken(token: string | undefined): void {
  if (folder && token && token.length >= SHORTEST_TOKEN)
    appendFileSync(`${folder}/${process.pid}.tokens`, `${token}\n`);
}
