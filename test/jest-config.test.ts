import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

test('the timeout in jest.config.js is in force: Jest reads it from the global configuration alone', async () => {
  const jest = ['node_modules/jest/bin/jest.js', '--showConfig'];
  const { stdout } = await promisify(execFile)(process.execPath, jest);
  expect(JSON.parse(stdout).globalConfig.testTimeout).toBe(10_000);
});
