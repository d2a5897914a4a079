import type { EditionName } from '../../src/embedded-lts/editions.ts';

/** Which edition of the embedded LTS this run of the tests is for; `jest.config.js` sets it. */
export const EDITION = ((globalThis as { LTS_EDITION?: EditionName }).LTS_EDITION ??
  'huawei') satisfies EditionName;

/** What the two editions answer differently. */
export function byEdition<T>(expected: Readonly<Record<EditionName, T>>): T {
  return expected[EDITION];
}
