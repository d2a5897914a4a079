import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

test('the SBOM lists every package that production needs, and no other', async () => {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'sbom'], { maxBuffer: 10 ** 7 });
  const { metadata, components } = JSON.parse(stdout);
  const { name, packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  expect(metadata.component.name).toBe(name);

  const wanted = Object.entries<{ version: string; dev?: true }>(packages)
    .filter(([folder, { dev }]) => folder !== '' && !dev)
    .map(([folder, { version }]) => `pkg:npm/${folder.replace(/.*node_modules\//, '')}@${version}`);
  const listed = components.map(({ purl }: { purl: string }) => decodeURIComponent(purl));
  expect(listed.sort()).toEqual([...new Set(wanted)].sort());
  expect(listed).toContain(`pkg:npm/graphql@${packages['node_modules/graphql'].version}`); // development needs it as well
});
