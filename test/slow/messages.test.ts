import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { killProcesses, post, startProcess } from '../support/process.ts';

const english = JSON.parse(readFileSync('src/messages/en.json', 'utf8'));

const folders: string[] = [];
afterAll(() => {
  killProcesses();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A copy of the built gateway, with one more file of messages. */
function copyWith(file: string, content: string): { cwd: string } {
  const cwd = mkdtempSync(path.join(tmpdir(), 'lts-gateway-'));
  folders.push(cwd);
  cpSync('dist', path.join(cwd, 'dist'), { recursive: true });
  cpSync('package.json', path.join(cwd, 'package.json'));
  symlinkSync(path.resolve('node_modules'), path.join(cwd, 'node_modules'));
  writeFileSync(path.join(cwd, 'dist/messages', file), content);
  return { cwd };
}

test('the built gateway speaks one more language when there is one more file', async () => {
  const french = { ...english, 'code.GATEWAY.UNAUTHENTICATED': 'Connectez-vous d’abord.' };
  const { url } = await startProcess({}, copyWith('fr.json', JSON.stringify(french)));
  const { errors } = await post(
    url,
    '{ logGroups(projectId: "p") { id } }',
    {},
    { 'x-auth-token': '', 'accept-language': 'fr-CA' },
  );
  expect(errors[0].extensions.localizedMessage).toBe('Connectez-vous d’abord.');
});

test('the built gateway does not start with a broken file, and says in one line what is wrong', async () => {
  const start = startProcess({}, copyWith('zh-Hans.json', '{"separator":""'));
  await expect(start).rejects.toThrow(/^exit 1: Invalid files of messages:\n {2}zh-Hans\.json: [^\n]+\n$/);
});
