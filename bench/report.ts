/** The results as tables in Markdown, for reading in a terminal and for pasting into docs/performance.md. */
import { CONTENDERS } from './contenders.ts';
import { LIST_SIZES } from './operations.ts';
import type { Slice } from './participants.ts';
import type { CreateResult } from './parts/create.ts';
import type { LatencyResult } from './parts/latency.ts';
import type { ListsResult } from './parts/lists.ts';
import type { StartUpResult } from './parts/start-up.ts';
import { median, quantile } from './statistics.ts';

/** Above this share of the time, figures say more about the machine than about the contenders. */
const MOST_WAITED = 0.05;

/** What stands below a table when the machine was not idle otherwise; nothing when it was. */
export function warning(slices: readonly Slice[]): string {
  const waited = median(slices.map(({ waitedMs, seconds }) => waitedMs / seconds / 1_000));
  if (waited < MOST_WAITED) return '';
  return (
    `\n\nNOT IDLE: other processes had the contenders' core for ${(waited * 100).toFixed(0)}% of the time. ` +
    'Rates and latencies mean little then; CPU times are too high.'
  );
}

export function createTable({ slices }: CreateResult): string {
  const cpu = cpuOf(slices);
  return table(
    [
      'createLogStream',
      'CPU, median',
      'CPU, 25th percentile',
      'ratio',
      'rate',
      'core in use',
      'resident',
      'peak',
    ],
    namesIn(slices).map((contender) => {
      const own = slices.filter((slice) => slice.contender === contender);
      return [
        contender,
        `${(median(cpu(contender)) * 1_000).toFixed(0)} µs`,
        `${(quantile(cpu(contender), 0.25) * 1_000).toFixed(0)} µs`,
        ratio(median(cpu(contender)), median(cpu('floor'))),
        `${median(own.map(({ requests, seconds }) => requests / seconds)).toFixed(0)}/s`,
        `${(median(own.map(({ cpuMs, seconds }) => cpuMs / seconds / 1_000)) * 100).toFixed(0)}%`,
        `${median(own.map(({ residentMb }) => residentMb)).toFixed(0)} MB`,
        `${Math.max(...own.map(({ peakMb }) => peakMb))} MB`,
      ];
    }),
  );
}

export function latencyTable({ slices }: LatencyResult): string {
  return table(
    ['createLogStream at half of the peak', 'rate', 'p50', 'p99'],
    namesIn(slices).map((contender) => {
      const own = slices.filter((slice) => slice.contender === contender);
      return [
        contender,
        `${median(own.map(({ perSecond }) => perSecond)).toFixed(0)}/s`,
        milliseconds(own.map(({ p50Ms }) => p50Ms)),
        milliseconds(own.map(({ p99Ms }) => p99Ms)),
      ];
    }),
  );
}

export function listsTable({ slices }: ListsResult): string {
  return table(
    ['logStreams', 'contender', 'CPU', 'ratio', 'another caller, p50', 'another caller, p99', 'peak'],
    LIST_SIZES.flatMap((size) => {
      const ofSize = slices.filter((slice) => slice.size === size);
      const cpu = cpuOf(ofSize);
      return namesIn(ofSize).map((contender) => {
        const own = ofSize.filter((slice) => slice.contender === contender);
        return [
          size.toLocaleString('en'),
          contender,
          milliseconds(cpu(contender)),
          ratio(median(cpu(contender)), median(cpu('plain'))),
          milliseconds(own.map(({ probeP50Ms }) => probeP50Ms)),
          milliseconds(own.map(({ probeP99Ms }) => probeP99Ms)),
          `${Math.max(...own.map(({ peakMb }) => peakMb))} MB`,
        ];
      });
    }),
  );
}

export function startUpTable({ starts }: StartUpResult): string {
  return table(
    ['start-up', 'time to the first 200', 'CPU', 'resident'],
    namesIn(starts).map((contender) => {
      const own = starts.filter((one) => one.contender === contender);
      return [
        contender,
        `${median(own.map(({ ms }) => ms)).toFixed(0)} ms`,
        `${median(own.map(({ cpuMs }) => cpuMs)).toFixed(0)} ms`,
        `${median(own.map(({ residentMb }) => residentMb)).toFixed(0)} MB`,
      ];
    }),
  );
}

/** Milliseconds of CPU time for one request, one figure for each slice of a contender. */
const cpuOf =
  (slices: readonly { contender: string; cpuMs: number; requests: number }[]) =>
  (contender: string): number[] =>
    slices.filter((slice) => slice.contender === contender).map(({ cpuMs, requests }) => cpuMs / requests);

const milliseconds = (values: readonly number[]) => `${Number(median(values).toPrecision(3))} ms`;

/** Nothing where the other one was left out. */
const ratio = (value: number, other: number) => (other > 0 ? `${(value / other).toFixed(2)}` : '');

/** Slices are in random order; the report has that of the contenders. */
const namesIn = (rows: readonly { contender: string }[]) =>
  CONTENDERS.map(({ name }) => name).filter((name) => rows.some(({ contender }) => contender === name));

/** Columns are padded as Biome and other formatters do it. */
function table(head: string[], rows: string[][]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
