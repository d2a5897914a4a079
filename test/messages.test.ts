import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { LtsErrorKind } from '../src/lts/failure-kinds.ts';
import { readCatalogues } from '../src/messages/catalogues.ts';
import { killProcesses, post, startProcess } from './support/process.ts';

const DIRECTORY = 'src/messages';
const sentencesIn = (file: string): Record<string, string> =>
  JSON.parse(readFileSync(path.join(DIRECTORY, file), 'utf8'));
const ENGLISH = sentencesIn('en.json');

const folders: string[] = [];
function newFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'lts-gateway-'));
  folders.push(folder);
  return folder;
}
afterAll(() => {
  killProcesses();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('embedded-lts'))
  .map((file) => readFileSync(path.join('src', file), 'utf8'))
  .join('\n');

test.each(Object.keys(ENGLISH))('%s is a key that the gateway uses', (key) => {
  const [, family, name = ''] = /^(code|kind|error)\.(.*)$/.exec(key) ?? [];
  const [, state] = /^outcome\.(?:logGroup|logStream)\.(.*)$/.exec(key) ?? [];
  if (family === 'kind') expect(LtsErrorKind).toHaveProperty(name);
  else if (family) expect(sources).toContain(`'${name}'`);
  else if (state) expect(sources).toMatch(new RegExp(`outcome\\.\\$\\{what\\}\\.${state}`));
  else expect(sources).toContain(`'${key}'`);
});

test.each(Object.keys(LtsErrorKind))('the kind %s has a sentence', (kind) => {
  expect(ENGLISH).toHaveProperty([`kind.${kind}`]);
});

describe('Chinese', () => {
  test.each(Object.entries(sentencesIn('zh-Hans.json')).filter(([key]) => key !== 'separator'))(
    '%s has Chinese punctuation and no English: %s',
    (key, sentence) => {
      expect(sentence).toMatch(/[\u4e00-\u9fff].*。$/u);
      const words = sentence.replaceAll(/\{\w+\}|_sys_|default|_ \. : = \+ - @/g, '');
      expect([key, words]).toEqual([key, expect.not.stringMatching(/[A-Za-z,;:!?()]/)]);
    },
  );
});

describe('the files of languages are refused', () => {
  const EN = { separator: ' ', 'rule.length': 'From {min} to {max}.' };
  test.each<[string, Record<string, unknown>, string]>([
    ['when a key is missing', { 'fr.json': { separator: ' ' } }, 'fr.json: "rule.length" is missing'],
    ['when a key is unknown', { 'fr.json': { ...EN, more: '' } }, 'fr.json: "more" is not a key of en.json'],
    [
      'when a placeholder is missing',
      { 'fr.json': { ...EN, 'rule.length': 'De {min}.' } },
      'fr.json: "rule.length" must have the same placeholders as in en.json',
    ],
    [
      'when a sentence is no text',
      { 'fr.json': { ...EN, separator: 1 } },
      'fr.json: "separator" must be a string',
    ],
    ['when a file is no object', { 'fr.json': [] }, 'fr.json: must be an object of keys and sentences'],
    ['when a file is not JSON', { 'fr.json': '{' }, 'fr.json: '],
    ['when a file is named wrong', { 'zh-hans.json': EN }, 'zh-hans.json: must be named zh-Hans.json'],
    ['when English is missing', { 'en.json': '' }, 'en.json is missing or cannot be read'],
  ])('%s', (_when, files, problem) => {
    const folder = newFolder();
    for (const [file, content] of Object.entries({ 'en.json': EN, ...files })) {
      writeFileSync(path.join(folder, file), typeof content === 'string' ? content : JSON.stringify(content));
    }
    expect(() => readCatalogues(folder)).toThrow(problem);
  });
});

describe('the built gateway', () => {
  /** A copy of it, with one more file of messages. */
  function copyWith(file: string, content: string): { cwd: string } {
    const cwd = newFolder();
    cpSync('dist', path.join(cwd, 'dist'), { recursive: true });
    cpSync('package.json', path.join(cwd, 'package.json'));
    symlinkSync(path.resolve('node_modules'), path.join(cwd, 'node_modules'));
    writeFileSync(path.join(cwd, 'dist/messages', file), content);
    return { cwd };
  }

  test('speaks one more language when there is one more file', async () => {
    const french = { ...ENGLISH, 'code.GATEWAY.UNAUTHENTICATED': 'Connectez-vous d’abord.' };
    const { url } = await startProcess({}, copyWith('fr.json', JSON.stringify(french)));
    const { errors } = await post(
      url,
      '{ logGroups(projectId: "p") { id } }',
      {},
      { 'x-auth-token': '', 'accept-language': 'fr-CA' },
    );
    expect(errors[0].extensions.localizedMessage).toBe('Connectez-vous d’abord.');
  });

  test('does not start with a broken file, and says in one line what is wrong', async () => {
    const start = startProcess({}, copyWith('zh-Hans.json', '{"separator":""'));
    await expect(start).rejects.toThrow(/^exit 1: Invalid files of messages:\n {2}zh-Hans\.json: [^\n]+\n$/);
  });
});
