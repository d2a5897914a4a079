import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Manifest, ONE_CORE } from './helm.ts';

/** Errors that the API server would report, by its JSON schemas in `kubernetes-models`: wrong values. */
export async function schemaErrors(manifests: Manifest[]): Promise<string[]> {
  const errors: string[] = [];
  for (const manifest of manifests) {
    const Model = (await import(moduleOf(manifest)))[manifest.kind];
    try {
      new Model(manifest).validate();
    } catch (error) {
      errors.push(`${manifest.kind}: ${(error as Error).message}`);
    }
  }
  return errors;
}

/** Errors of the TypeScript compiler: unknown fields, which the schemas allow and the API server ignores. */
export async function typeErrors(manifests: Manifest[]): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'manifests-'));
  await symlink(path.resolve('node_modules'), path.join(folder, 'node_modules'));
  const lines = manifests.map(
    (manifest, index) =>
      `import type { I${manifest.kind} as T${index} } from '${moduleOf(manifest)}';\n` +
      `export const m${index}: T${index} = ${JSON.stringify(manifest)};\n`,
  );
  await writeFile(path.join(folder, 'manifests.ts'), lines.join(''));
  const args = [
    path.resolve('node_modules/typescript/bin/tsc'),
    ...['--noEmit', '--strict', '--skipLibCheck', '--ignoreConfig', '--pretty', 'false'],
    ...['--module', 'esnext', '--moduleResolution', 'bundler', 'manifests.ts'],
  ];
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { cwd: folder, env: ONE_CORE }, (error, stdout) =>
      resolve(error ? stdout : ''),
    );
  });
  await rm(folder, { recursive: true });
  return output.split('\n').filter((line) => line !== '');
}

/** Of custom resources, by their group. */
const PACKAGES: Record<string, string> = {
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
};

function moduleOf({ apiVersion }: Manifest): string {
  const [group = ''] = apiVersion.split('/');
  return `${PACKAGES[group] ?? 'kubernetes-models'}/${apiVersion}`;
}
