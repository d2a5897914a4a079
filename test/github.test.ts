import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

const read = (file: string) => readFileSync(file, 'utf8');
const WORKFLOWS = readdirSync('.github/workflows').map((name) => `.github/workflows/${name}`);
const FORMS = readdirSync('.github/ISSUE_TEMPLATE')
  .filter((name) => name !== 'config.yml')
  .map((name) => `.github/ISSUE_TEMPLATE/${name}`);

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Record<string, unknown>;
}
interface Job {
  readonly steps: readonly Step[];
}

const stepsOf = (file: string) =>
  Object.values<Job>(parse(read(file)).jobs).flatMap(({ steps }): readonly Step[] => steps);

describe.each(WORKFLOWS)('%s', (file) => {
  test('pins every action by its commit, with the version beside it', () => {
    const uses = stepsOf(file).flatMap((step) => step.uses ?? []);
    expect(uses.length).toBeGreaterThan(0);
    for (const action of uses) {
      expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
      expect(read(file)).toMatch(new RegExp(`uses: ${action} # v\\d+\\.\\d+\\.\\d+\n`));
    }
  });

  test('may only read, unless a job says more', () => {
    expect(parse(read(file)).permissions).toEqual({ contents: 'read' });
  });

  test('names only files that exist', () => {
    const commands = stepsOf(file).map(({ run = '' }) => run);
    const files =
      commands.join('\n').match(/(?<![\w/.])(?:\.ci|deploy|bin|test)\/[\w./-]+|package\.json/g) ?? [];
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((name) => !existsSync(name))).toEqual([]);
  });
});

test('a release gives the image all platforms, an SBOM and its provenance', () => {
  const image = stepsOf('.github/workflows/release.yml').find(({ with: inputs }) => inputs?.platforms);
  expect(image?.with).toMatchObject({
    platforms: 'linux/amd64,linux/arm64',
    sbom: true,
    provenance: 'mode=max',
  });
});

test('the checks of the tag in a release pass for the version in package.json', () => {
  const { version } = JSON.parse(read('package.json'));
  const lines = read('deploy/helm/lts-gateway/Chart.yaml').split('\n');
  expect(lines).toEqual(expect.arrayContaining([`version: ${version}`, `appVersion: "${version}"`]));
  expect(read('CHANGELOG.md')).toMatch(/^## \[?Unreleased\b/m);
});

test.each(FORMS)('%s is a form with fields of unique IDs', (file) => {
  const { name, description, body } = parse(read(file));
  expect({ name, description }).toEqual({ name: expect.any(String), description: expect.any(String) });
  const ids = body.flatMap(({ id }: { id?: string }) => id ?? []);
  expect(ids.length).toBeGreaterThan(0);
  expect(new Set(ids).size).toBe(ids.length);
});

test('renovate.json holds back what the documents say is held back', () => {
  const { packageRules } = JSON.parse(read('renovate.json'));
  expect(packageRules).toContainEqual(
    expect.objectContaining({ matchPackageNames: ['graphql'], allowedVersions: '<17' }),
  );
});
