import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { argumentsOf, execFormOf, imageEnv, instructions } from './support/dockerfile.ts';

test('.dockerignore lets through what the Dockerfile copies, and nothing else', () => {
  const copied = argumentsOf('COPY', instructions).flatMap((text) =>
    text.startsWith('--from') ? [] : text.split(' ').slice(0, -1),
  );
  const [first, ...others] = readFileSync('.dockerignore', 'utf8').trim().split('\n');
  expect(first).toBe('*');
  expect(new Set(others)).toEqual(new Set(copied.map((file) => `!${file}`)));
});

test('every stage has the same major version of Node.js', () => {
  const majors = argumentsOf('FROM', instructions).map((text) => /node(?:js|:)(\d+)/.exec(text)?.[1]);
  expect(majors).toEqual(['24', '24']);
});

test('the image runs Node.js without a shell, as a numbered user that is not root, which the chart has too', () => {
  expect(argumentsOf('RUN')).toEqual([]);
  const options = ['--max-semi-space-size=8', '--heap-growing-percent=100'];
  expect(execFormOf('ENTRYPOINT')).toEqual(['/nodejs/bin/node', ...options]);
  expect(execFormOf('HEALTHCHECK')[0]).toBe('/nodejs/bin/node');
  expect(imageEnv).toEqual({ NODE_ENV: 'production', HOST: '0.0.0.0', PORT: argumentsOf('EXPOSE').join() });
  const [, user] = /^([1-9]\d*):[1-9]\d*$/.exec(argumentsOf('USER').join()) ?? [];
  expect(parse(readFileSync('deploy/helm/lts-gateway/values.yaml', 'utf8')).runAsUser).toBe(Number(user));
});
