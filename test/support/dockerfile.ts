import { readFileSync } from 'node:fs';

export interface Instruction {
  keyword: string;
  /** What stands behind the keyword. */
  text: string;
}

export interface Stage {
  /** `AS` this; the last stage has none. */
  name: string | undefined;
  base: string;
  instructions: Instruction[];
}

/** As much of the Dockerfile's language as ours uses. */
export function readDockerfile(file = 'Dockerfile'): Stage[] {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n');
  const stages: Stage[] = [];
  for (const line of lines) {
    const [, keyword = '', text = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
    const [, base, name] = keyword === 'FROM' ? (/^(\S+)(?: AS (\S+))?$/.exec(text) ?? []) : [];
    if (base) stages.push({ name, base, instructions: [] });
    else stages.at(-1)?.instructions.push({ keyword, text });
  }
  return stages;
}

/** The environment a stage sets. */
export function envOf({ instructions }: Stage): Record<string, string> {
  return Object.fromEntries(
    instructions
      .filter(({ keyword }) => keyword === 'ENV')
      .flatMap(({ text }) => text.split(' ').map((pair) => pair.split('=') as [string, string])),
  );
}

/** The words of an instruction in exec form, the only one that works without a shell. */
export function execFormOf({ instructions }: Stage, keyword: string): string[] {
  const text = instructions.find((instruction) => instruction.keyword === keyword)?.text ?? '';
  return JSON.parse(text.slice(text.indexOf('[')));
}
