import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { envOf, execFormOf, readDockerfile, type Stage } from './support/dockerfile.ts';
import { isIgnored, readCopy } from './support/image.ts';

const stages = readDockerfile();
const image = stages.at(-1) as Stage;
const copiesOf = ({ instructions }: Stage) =>
  instructions.filter(({ keyword }) => keyword === 'COPY').map(({ text }) => readCopy(text));
const fromContext = stages.flatMap(copiesOf).flatMap(({ from, sources }) => (from ? [] : sources));

test('everything the image is built from is there, and let through by .dockerignore', () => {
  expect(fromContext).toContain('src');
  expect(fromContext.filter((source) => !existsSync(source) || isIgnored(source))).toEqual([]);
  expect(isIgnored('src/main.ts')).toBe(false);
});

test('nothing else is sent to the build', () => {
  const files = execFileSync('git', ['ls-files'], { encoding: 'utf8' }).trim().split('\n');
  const unused = [...files, '.env', '.git/config', 'node_modules/got/package.json'].filter(
    (file) =>
      !isIgnored(file) && !fromContext.some((source) => file === source || file.startsWith(`${source}/`)),
  );
  expect(unused).toEqual([]);
});

test('what is copied between stages is made in the stage it comes from', () => {
  const made = { dependencies: ['/app/node_modules'], build: ['/app/dist'] };
  const copied = copiesOf(image).flatMap(({ from, sources }) => (from ? [[from, sources]] : []));
  expect(Object.fromEntries(copied)).toEqual(made);
});

test('every stage has the same major version of Node.js', () => {
  const majors = stages.map(({ base }) => /node(?:js|:)(\d+)/.exec(base)?.[1]);
  expect(majors).toEqual(['24', '24', '24']);
});

test('the image runs as a numbered user that is not root, without a shell', () => {
  expect(image.instructions.find(({ keyword }) => keyword === 'USER')?.text).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  expect(execFormOf(image, 'ENTRYPOINT')).toEqual(['/nodejs/bin/node']);
  expect(execFormOf(image, 'HEALTHCHECK')[0]).toBe('/nodejs/bin/node');
  expect(execFormOf(image, 'CMD')).toEqual(['dist/main.js']);
  expect(image.instructions.filter(({ keyword }) => keyword === 'RUN')).toEqual([]);
});

test('the port is the one the image exposes, and the chart has its user', () => {
  const { PORT, NODE_ENV, HOST } = envOf(image);
  expect({ NODE_ENV, HOST }).toEqual({ NODE_ENV: 'production', HOST: '0.0.0.0' });
  expect(image.instructions.find(({ keyword }) => keyword === 'EXPOSE')?.text).toBe(PORT);
  const user = image.instructions.find(({ keyword }) => keyword === 'USER')?.text.split(':')[0];
  expect(readFileSync('deploy/helm/lts-gateway/values.yaml', 'utf8')).toContain(`\nrunAsUser: ${user}\n`);
});
