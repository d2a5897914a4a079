import { readFileSync } from 'node:fs';

/** Length of the longest line in a file, in characters: what a caller sends must not fill the log. */
export function longestLineIn(file: string): number {
  return readFileSync(file, 'utf8')
    .split('\n')
    .reduce((longest, line) => Math.max(longest, line.length), 0);
}
