import { readFileSync } from 'node:fs';

const lines = readFileSync('Dockerfile', 'utf8').replace(/\\\n\s*/g, '');

export const instructions = [...lines.matchAll(/^([A-Z]+) (.*)$/gm)].map(
  ([, keyword = '', args = '']) => [keyword, args] as const,
);

const lastStage = instructions.slice(instructions.findLastIndex(([keyword]) => keyword === 'FROM'));

export const argumentsOf = (wanted: string, among = lastStage) =>
  among.flatMap(([keyword, args]) => (keyword === wanted ? args : []));

export const imageEnv: Record<string, string> = Object.fromEntries(
  argumentsOf('ENV').flatMap((args) => args.split(' ').map((pair) => pair.split('='))),
);

/** The words of an instruction in exec form, as the image has no shell. */
export const execFormOf = (keyword: string): string[] =>
  JSON.parse(/\[.*/.exec(argumentsOf(keyword).join())?.[0] ?? '');
