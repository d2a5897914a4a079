import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { LtsErrorKind } from '../src/lts/failure.ts';
import { readCatalogues } from '../src/messages/catalogues.ts';

const DIRECTORY = 'src/messages';
const sentencesIn = (file: string): Record<string, string> =>
  JSON.parse(readFileSync(path.join(DIRECTORY, file), 'utf8'));
const ENGLISH = sentencesIn('en.json');
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('embedded-lts'))
  .map((file) => readFileSync(path.join('src', file), 'utf8'))
  .join('\n');

/** Not `toContain`: that would print all of the code. */
const isInCode = (text: string) => sources.includes(text);

test.each(Object.keys(ENGLISH))('%s is a key that the gateway uses', (key) => {
  const [, family, name = ''] = /^(code|kind|error)\.(.*)$/.exec(key) ?? [];
  const [, state] = /^outcome\.(?:logGroup|logStream)\.(.*)$/.exec(key) ?? [];
  if (family === 'kind') expect(LtsErrorKind).toHaveProperty(name);
  else if (family) expect(isInCode(`'${name}'`)).toBe(true);
  else if (state) expect(isInCode(`'${state}'`) || isInCode(`}.${state}\``)).toBe(true);
  else expect(isInCode(`'${key}'`)).toBe(true);
});

test.each(Object.keys(LtsErrorKind))('the kind %s has a sentence', (kind) => {
  expect(ENGLISH).toHaveProperty([`kind.${kind}`]);
});

test.each(Object.entries(sentencesIn('zh-Hans.json')).filter(([key]) => key !== 'separator'))(
  '%s is in Chinese alone: %s',
  (key, sentence) => {
    expect(sentence).toMatch(/[\u4e00-\u9fff]/u);
    const words = sentence.replaceAll(/\{\w+\}|_sys_|default/g, '');
    expect([key, words]).toEqual([key, expect.not.stringMatching(/[A-Za-z]/)]);
  },
);

describe('the files of languages are refused', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'lts-gateway-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

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
    for (const [file, content] of Object.entries({ 'en.json': EN, ...files })) {
      writeFileSync(path.join(folder, file), typeof content === 'string' ? content : JSON.stringify(content));
    }
    expect(() => readCatalogues(folder)).toThrow(problem);
  });
});
