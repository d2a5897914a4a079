import { LtsApiError } from './errors.ts';
import { Keywords } from './keywords.ts';
import { type StoredLog, timeOf } from './stream-logs.ts';

const MAX_RANGE_MS = 180 * 24 * 60 * 60 * 1_000;
const MAX_LIMIT = 5_000;
const MAX_BUCKETS = 10_000;

interface TimeRange {
  /** Milliseconds since 1970, UTC. */
  readonly start_time: number | string;
  readonly end_time: number | string;
}

/** The body of ListLogs, with the contract's defaults. */
export interface LogsQuery extends TimeRange {
  readonly labels?: Readonly<Record<string, string>>;
  readonly keywords?: string;
  readonly line_num?: string;
  readonly is_desc: boolean | 'true' | 'false';
  readonly search_type: 'init' | 'forwards' | 'backwards';
  readonly limit: number | string;
  readonly highlight: boolean;
  readonly is_count: boolean;
}

/** The body of ListLogHistogram. */
export interface HistogramQuery extends TimeRange {
  readonly group_id: string;
  readonly stream_id: string;
  readonly key_word: string;
  readonly step_interval: number;
}

/** The body of ListLogContext. Older pages spell the sizes without an underscore. */
export interface ContextQuery {
  readonly line_num: string;
  readonly backwards_size?: number;
  readonly backwardsSize?: number;
  readonly forwards_size?: number;
  readonly forwardsSize?: number;
}

/**
 * One page of the logs that match.
 *
 * @param logs in ascending order
 * @throws LtsApiError when the body breaks a rule that the contract cannot express
 */
export function queryLogs(logs: readonly StoredLog[], query: LogsQuery) {
  const keywords = new Keywords(query.keywords ?? '');
  const hasKeywords = keywords.matcher();
  const labels = Object.entries(query.labels ?? {});
  const matches = logsInRange(logs, query).filter(
    (log) => labels.every(([name, value]) => log.labels[name] === value) && hasKeywords(log.content),
  );
  const highlight = query.highlight ? keywords.highlighter() : (content: string) => content;
  return {
    ...(query.is_count && { count: matches.length }),
    logs: pageOf(matches, query).map((log) => ({ ...log, content: highlight(log.content) })),
    isQueryComplete: true,
  };
}

/** In the order that is asked for: the first page, or the one next to the line, on the side asked for. */
function pageOf(matches: readonly StoredLog[], query: LogsQuery): StoredLog[] {
  const { line_num: line, search_type } = query;
  const limit = Number(query.limit);
  // What a line without a direction asks for, no page says.
  if (limit > MAX_LIMIT || (line !== undefined && search_type === 'init')) throw new LtsApiError('LTS.0009');
  const isDescending = String(query.is_desc) === 'true';
  let page: StoredLog[];
  if (line === undefined) {
    page = isDescending ? matches.slice(-limit) : matches.slice(0, limit);
  } else if ((search_type === 'forwards') === isDescending) {
    page = matches.filter((log) => log.line_num < line).slice(-limit);
  } else {
    page = matches.filter((log) => log.line_num > line).slice(0, limit);
  }
  return isDescending ? page.reverse() : page;
}

/**
 * How many logs match, in total and in steps that begin at the start of the range. The last ends with the range.
 *
 * @throws LtsApiError when the body breaks a rule that the contract cannot express
 */
export function histogramOf(logs: readonly StoredLog[], query: HistogramQuery) {
  const { start, end } = rangeOf(query);
  const step = query.step_interval;
  const size = Math.ceil((end - start) / step);
  if (size > MAX_BUCKETS) throw new LtsApiError('LTS.0009');
  const hasKeywords = new Keywords(query.key_word).matcher();
  const matches = logsInRange(logs, query).filter((log) => hasKeywords(log.content));
  const histogram = Array.from({ length: size }, (_, index) => ({
    num: 0,
    startTime: start + index * step,
    endTime: Math.min(start + (index + 1) * step, end),
  }));
  for (const log of matches) {
    const bucket = histogram[Math.min(Math.floor((timeOf(log) - start) / step), size - 1)];
    if (bucket) bucket.num += 1;
  }
  return { count: matches.length, histogram };
}

/** The logs around a line, and the log of that line itself, if it is there. */
export function contextOf(logs: readonly StoredLog[], query: ContextQuery) {
  const { line_num: line } = query;
  const backwardsSize = query.backwards_size ?? query.backwardsSize ?? 100;
  const forwardsSize = query.forwards_size ?? query.forwardsSize ?? 100;
  const before = logs.filter((log) => log.line_num < line);
  const after = logs.filter((log) => log.line_num > line).slice(0, forwardsSize);
  const nearest = before.slice(Math.max(0, before.length - backwardsSize));
  const context = [...nearest, ...logs.filter((log) => log.line_num === line), ...after];
  return {
    logs: context,
    total_count: context.length,
    backwards_count: nearest.length,
    forwards_count: after.length,
    isQueryComplete: true,
  };
}

/** Those from the start to the end, both included. */
function logsInRange(logs: readonly StoredLog[], range: TimeRange): StoredLog[] {
  const { start, end } = rangeOf(range);
  return logs.filter((log) => timeOf(log) >= start && timeOf(log) <= end);
}

/** @returns milliseconds since 1970 */
function rangeOf({ start_time, end_time }: TimeRange): { start: number; end: number } {
  const [start, end] = [Number(start_time), Number(end_time)];
  if (start >= end || end - start > MAX_RANGE_MS) throw new LtsApiError('LTS.0009');
  return { start, end };
}
