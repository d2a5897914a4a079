import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { readDockerfile, type Stage } from './dockerfile.ts';

export interface Copy {
  /** The stage copied from; the build's context where there is none. */
  from: string | undefined;
  sources: string[];
  to: string;
}

/** Whether `.dockerignore` keeps a path of the repository from the build: the last line that fits it decides. */
export function isIgnored(file: string): boolean {
  let ignored = false;
  for (const line of readFileSync('.dockerignore', 'utf8').split('\n').filter(Boolean)) {
    const pattern = line.replace(/^!/, '');
    if (!/^(\*|[\w./-]+)$/.test(pattern)) throw new Error(`no such pattern was needed before: ${line}`);
    if (pattern === '*' || file === pattern || file.startsWith(`${pattern}/`)) ignored = pattern === line;
  }
  return ignored;
}

export function readCopy(text: string): Copy {
  const words = text.split(/\s+/);
  const from = words[0]?.startsWith('--from=') ? words.shift()?.slice('--from='.length) : undefined;
  return { from, to: words.pop() ?? '', sources: words };
}

export interface Image {
  /** What is `/app` in the image. */
  folder: string;
  remove(): void;
}

/** Does what the Dockerfile says without Docker: each stage in an empty folder, on this machine's Node.js. */
export async function buildImage(): Promise<Image> {
  const root = mkdtempSync(path.join(tmpdir(), 'image-'));
  const stages = readDockerfile();
  const folderOf = (stage: Stage) => path.join(root, stage.name ?? 'final');
  const last = stages.at(-1) as Stage;
  const follow = async (stage: Stage) => {
    for (const { keyword, text } of stage.instructions) {
      if (keyword === 'COPY') copy(readCopy(text), root, folderOf(stage));
      if (keyword === 'RUN') await runIn(folderOf(stage), text);
    }
  };
  await Promise.all(stages.filter((stage) => stage !== last).map(follow));
  await follow(last);
  return { folder: folderOf(last), remove: () => rmSync(root, { recursive: true }) };
}

function copy({ from, sources, to }: Copy, root: string, folder: string): void {
  for (const source of sources) {
    const target = path.join(folder, to, to.endsWith('/') ? path.basename(source) : '');
    if (from) {
      cpSync(path.join(root, from, path.relative('/app', source)), target, {
        recursive: true,
        verbatimSymlinks: true,
      });
    } else {
      cpSync(source, target, { recursive: true, filter: (file) => !isIgnored(file) });
    }
  }
}

/** With this machine's settings for the registry; `npm run --silent` would hide why npm fails. */
async function runIn(cwd: string, command: string): Promise<void> {
  const env = { ...process.env, npm_config_loglevel: 'notice' };
  await promisify(execFile)('sh', ['-c', command], { cwd, env });
}
