import { readFileSync } from 'node:fs';

const lines = readFileSync('Dockerfile', 'utf8').replace(/\\\n\s*/g, '');

/** Each keyword, and the text behind it. */
export const instructions = [...lines.matchAll(/^([A-Z]+) (.*)$/gm)].map(
  ([, keyword = '', text = '']) => [keyword, text] as const,
);

/** The last stage is the image. */
const image = instructions.slice(instructions.findLastIndex(([keyword]) => keyword === 'FROM'));

export const textsOf = (wanted: string, among = image) =>
  among.flatMap(([keyword, text]) => (keyword === wanted ? text : []));

export const imageEnv: Record<string, string> = Object.fromEntries(
  textsOf('ENV').flatMap((text) => text.split(' ').map((pair) => pair.split('='))),
);

/** The words of an instruction in exec form, the only one that works without a shell. */
export const execFormOf = (keyword: string): string[] =>
  JSON.parse(/\[.*/.exec(textsOf(keyword).join())?.[0] ?? '');
