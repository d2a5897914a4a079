import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Child {
  process: ChildProcess;
  /** The first URL it printed, on loopback. */
  url: string;
  exited: Promise<number | null>;
}

/** Starts a Node.js program that prints the URL it listens on. */
export async function startChild(args: string[], env: Record<string, string>, cwd?: string): Promise<Child> {
  const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH, ...env }, cwd });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk;
      const found = /http:\/\/[\d.]+:\d+/.exec(output)?.[0];
      if (found) resolve(found.replace('0.0.0.0', '127.0.0.1'));
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void exited.then((code) => reject(new Error(`exit ${code}: ${output}`)));
  });
  return { process: child, url, exited };
}
