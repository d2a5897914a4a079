/** `npm run bench`: measures the gateway beside others that answer the same operation; see docs/performance.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Part } from './contenders.ts';
import { readOptions } from './options.ts';
import { type Bench, CONNECTIONS } from './participants.ts';
import { measureCreate } from './parts/create.ts';
import { measureLatency } from './parts/latency.ts';
import { measureLists, PROBES_PER_SECOND } from './parts/lists.ts';
import { measureStartUp } from './parts/start-up.ts';
import { pinDriver } from './processes.ts';
import { createTable, latencyTable, listsTable, startUpTable, warning } from './report.ts';
import { shuffler } from './statistics.ts';

const RESULT_FILE = path.join(import.meta.dirname, 'result.json');

const print = (text: string) => process.stdout.write(`${text}\n\n`);

const MEASUREMENTS: Record<Part, (bench: Bench) => Promise<unknown>> = {
  create: (bench) => show(measureCreate(bench), (result) => createTable(result) + warning(result.slices)),
  latency: (bench) => show(measureLatency(bench), latencyTable),
  lists: (bench) => show(measureLists(bench), listsTable),
  'start-up': (bench) => show(measureStartUp(bench), startUpTable),
};

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const cores = pinDriver();
  const machine = {
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.cpus().length,
    memoryMb: Math.round(os.totalmem() / 2 ** 20),
    kernel: `${os.type()} ${os.release()}`,
    node: process.version,
  };
  print(
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryMb} MB, ${machine.kernel}, Node.js ${machine.node}; ` +
      `seed ${options.seed}, ${options.rounds} rounds of ${options.seconds} s after ${options.warmUpSeconds} s of warm-up`,
  );
  print(
    cores
      ? `Contenders on core ${cores.contender}, driver and upstream on core ${cores.driver}.`
      : 'NOT PINNED: that takes two cores and taskset. Contenders, driver and upstream disturb each other.',
  );
  const bench: Bench = {
    options,
    cores,
    shuffle: shuffler(options.seed),
    tell: (progress) => process.stderr.write(`${progress}\n`),
  };

  const measured: Record<string, unknown> = {};
  for (const part of options.parts) measured[part] = await MEASUREMENTS[part](bench);

  const { contenders, ...parameters } = options;
  const result = {
    date: new Date().toISOString(),
    machine,
    cores,
    parameters: {
      ...parameters,
      contenders: contenders.map(({ name }) => name),
      connections: CONNECTIONS,
      probesPerSecond: PROBES_PER_SECOND,
    },
    packages: readPackages(),
    measured,
  };
  writeFileSync(RESULT_FILE, `${JSON.stringify(result, null, 2)}\n`);
}

async function show<Result>(
  measuring: Promise<Result>,
  toTable: (result: Result) => string,
): Promise<Result> {
  const result = await measuring;
  print(toTable(result));
  return result;
}

/** What the contenders are made of, with versions. */
function readPackages(): Record<string, string> {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, 'package.json'), 'utf8')).dependencies;
}
