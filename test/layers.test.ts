import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';

/** What each layer of `src` may import of the others. */
const MAY_IMPORT: Record<string, string[]> = {
  'main.ts': ['config', 'run.ts', 'lts', 'messages'],
  'run.ts': [
    'config',
    'limits.ts',
    'server.ts',
    'shares.ts',
    'start-up-text.ts',
    'embedded-lts',
    'http',
    'lts',
    'telemetry',
  ],
  'start-up-text.ts': ['graphql'],
  'server.ts': ['config', 'limits.ts', 'http', 'graphql', 'lts', 'shares.ts', 'telemetry', 'turns.ts'],
  http: ['limits.ts', 'messages', 'request-context.ts', 'shares.ts', 'telemetry', 'turns.ts'],
  graphql: ['limits.ts', 'lts', 'messages', 'request-context.ts', 'telemetry'],
  lts: ['limits.ts', 'messages', 'request-context.ts', 'shares.ts', 'telemetry'],
  telemetry: ['config', 'request-context.ts', 'shares.ts'],
  'request-context.ts': ['messages'],
  messages: [],
  config: [],
  'limits.ts': [],
  'shares.ts': [],
  'turns.ts': [],
  'embedded-lts': [],
};

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => path.join('src', file));

test('each layer of src imports only from the layers in MAY_IMPORT', () => {
  const wrong = files.flatMap((file) => {
    const from = layerOf(file);
    return importsOf(file)
      .map(layerOf)
      .filter((to) => to !== from && !MAY_IMPORT[from]?.includes(to))
      .map((to) => `${file} imports ${to}`);
  });
  expect(wrong).toEqual([]);
});

test('MAY_IMPORT has every layer of src', () => {
  expect([...new Set(files.map(layerOf))].sort()).toEqual(Object.keys(MAY_IMPORT).sort());
});

test('only the entry points read process.env', () => {
  const readers = files.filter((file) => readFileSync(file, 'utf8').includes('process.env'));
  expect(readers.sort()).toEqual(['src/embedded-lts/main.ts', 'src/main.ts']);
});

function layerOf(file: string): string {
  return file.split(path.sep)[1] ?? '';
}

function importsOf(file: string): string[] {
  const source = readFileSync(file, 'utf8');
  return [...source.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, specifier]) =>
    path.join(path.dirname(file), specifier ?? ''),
  );
}
