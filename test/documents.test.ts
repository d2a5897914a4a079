import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { createMetrics } from '../src/telemetry/metrics.ts';
import { knownSettings } from './support/settings.ts';

const read = (file: string) => readFileSync(file, 'utf8');
const SETTINGS = read('docs/settings.md');
const OPERATIONS = read('docs/operations.md');

test('docs/settings.md lists every setting and no other', () => {
  const settings = knownSettings();
  const rows = [...SETTINGS.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name]) => name);
  expect(settings.length).toBeGreaterThan(10);
  expect(rows.sort()).toEqual([...settings, 'HTTPS_PROXY', 'OTEL_EXPORTER_OTLP_ENDPOINT'].sort());
});

test('docs/operations.md lists every metric of the gateway and no other', async () => {
  const metrics = await createMetrics().registry.getMetricsAsJSON();
  const rows = [...OPERATIONS.matchAll(/^\| `(lts_gateway_\w+)`/gm)].map(([, name]) => name);
  expect(rows.sort()).toEqual(metrics.map(({ name }) => name).sort());
});

test('docs/operations.md has a section for every alert and no other', () => {
  const [{ rules }] = parse(read('deploy/helm/lts-gateway/alerts.yaml')).groups;
  const headings = [...OPERATIONS.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
  expect(headings.sort()).toEqual(rules.map(({ alert }: { alert: string }) => alert).sort());
});

test('docs/failures.md has every code that comes without a result and has a sentence for people', () => {
  const codes = Object.keys(JSON.parse(read('src/messages/en.json')))
    .filter((key) => key.startsWith('error.'))
    .map((key) => `\`${key.slice('error.'.length)}\``);
  expect(codes.length).toBeGreaterThan(5);
  const [, texts = '', refusals = ''] = read('docs/failures.md').split(/^## (?:Texts|Errors).*$/m);
  for (const page of [texts, refusals]) {
    expect(codes.filter((code) => !page.includes(code))).toEqual([]);
  }
});

const DOCUMENTS = ['.', 'clients', 'docs'].flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.join(folder, file)),
);

test.each(DOCUMENTS)('%s links only to files that exist', (document) => {
  const links = [...read(document).matchAll(/\]\(([^)#]+)(#[^)]*)?\)/g)].map(([, link]) => link as string);
  const missing = links
    .filter((link) => !link.startsWith('http'))
    .filter((link) => !existsSync(path.join(path.dirname(document), link)));
  expect(missing).toEqual([]);
});
