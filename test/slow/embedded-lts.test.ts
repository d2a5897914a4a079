import { afterEach, describe, expect, test } from '@jest/globals';
import { killProcesses, startProcess } from '../support/process.ts';

describe('npm run lts', () => {
  const ENTRY = { args: ['dist/embedded-lts/main.js'] };
  afterEach(killProcesses);

  test('starts the edition in LTS_EDITION, and prints it with the token and the access key', async () => {
    const { output } = await startProcess({ LTS_EDITION: 'otc' }, ENTRY);
    expect(output()).toMatch(/^Embedded LTS at http:\S+, edition otc$/m);
    expect(output()).toMatch(/^ {2}token .*demo-token/m);
    expect(output()).toMatch(/^ {2}access key .*demo-access-key.*demo-secret-key/m);
  });

  test('does not start when LTS_EDITION is not known', async () => {
    await expect(startProcess({ LTS_EDITION: 'aws' }, ENTRY)).rejects.toThrow(
      'exit 1: LTS_EDITION: "aws" is not known. Known: huawei, otc\n',
    );
  });

  test.each(['abc', '-1', '65536', '4010.5', ' '])('does not start when PORT is "%s"', async (port) => {
    await expect(startProcess({ PORT: port }, ENTRY)).rejects.toThrow(
      'exit 1: PORT: must be a whole number from 0 to 65535\n',
    );
  });
});
