import { readFileSync } from 'node:fs';

/** The names of the settings in `config.ts`, which nothing but its code lists. */
export function knownSettings(): string[] {
  const source = readFileSync('src/config/config.ts', 'utf8');
  return [...source.matchAll(/^\s+([A-Z_]+): /gm)].map(([, name]) => name ?? '');
}
