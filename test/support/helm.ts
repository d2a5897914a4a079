import { execFile, spawnSync } from 'node:child_process';
import { parseAllDocuments } from 'yaml';

export const CHART = 'deploy/helm/lts-gateway';

export const hasHelm = spawnSync('helm', ['version']).status === 0;

/** A Kubernetes object, read from YAML. */
export type Manifest = any;

/** The output of `helm template` for these values. */
export async function render(values: object, chart = CHART): Promise<Manifest[]> {
  const text = await helm(['template', 'my', chart, '--namespace', 'apps', '--values', '-'], values);
  return parseAllDocuments(text)
    .map((document) => document.toJS())
    .filter((manifest) => manifest !== null);
}

/** For programs in Go: other tests run at the same time, and have deadlines. */
export const ONE_CORE = { ...process.env, GOMAXPROCS: '1' };

/** Runs helm with the values as its standard input. */
export function helm(args: string[], values: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile('helm', args, { env: ONE_CORE }, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr || stdout));
      else resolve(stdout);
    });
    child.stdin?.end(JSON.stringify(values));
  });
}
