import { fill, given, type LtsCall } from './calls.ts';
import { asObject, date, listIn, required, text, UnreadableBody, wholeNumber } from './wire.ts';

/** Which log stream. */
export type LogStreamIds = {
  readonly projectId: string;
  readonly groupId: string;
  readonly streamId: string;
};

/** Where a log is in its log stream. LTS orders logs by this. */
export interface LogPosition {
  /** LTS's `line_num`: nanoseconds since 1970, unique in the log stream. */
  readonly line: string;
  /** Milliseconds since 1970, where the log stream takes the time of a log from its text; LTS needs both then. */
  readonly time: string | null;
}

export interface LtsLog extends LogPosition {
  /** Somebody else's text: it is in no log, metric, trace or error of ours. */
  readonly content: string;
  readonly labels: readonly LogLabel[];
  /** Where keywords are in the text; empty unless asked for. */
  readonly highlights: readonly TextRange[];
}

export interface LogLabel {
  readonly key: string;
  readonly value: string;
}

/** In UTF-16 units; the end is not included. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

export interface LogFilter {
  /** Milliseconds since 1970; both are included. */
  readonly from: number;
  readonly to: number;
  /** In LTS's search syntax; empty for all logs. */
  readonly keywords: string;
}

export interface LogPageRequest extends LogFilter {
  readonly labels: readonly LogLabel[];
  readonly newestFirst: boolean;
  /** 1-5000. */
  readonly limit: number;
  /** The log before the page, in the order asked for; `null` for the first page. */
  readonly after: LogPosition | null;
  /** What the page before came with, if anything. */
  readonly scrollId: string | null;
  readonly withHighlights: boolean;
}

export interface LtsLogPage {
  readonly logs: readonly LtsLog[];
  /** Whether LTS has looked at everything. */
  readonly isComplete: boolean;
  readonly scrollId: string | null;
}

export interface LtsHistogram {
  readonly count: number;
  readonly buckets: readonly { readonly from: Date; readonly to: Date; readonly count: number }[];
  readonly isComplete: boolean;
}

// LTS reads logs by POST. Each name is that of the operation in LTS's documentation.

/** The page types times as strings; its samples are numbers. */
export const listLogs = (ids: LogStreamIds, { after, ...page }: LogPageRequest): LtsCall<LtsLogPage> =>
  read(
    '/v2/{projectId}/groups/{groupId}/streams/{streamId}/content/query',
    ids,
    {
      start_time: String(page.from),
      end_time: String(page.to),
      keywords: page.keywords || null,
      labels:
        page.labels.length > 0 ? Object.fromEntries(page.labels.map(({ key, value }) => [key, value])) : null,
      is_desc: page.newestFirst,
      limit: page.limit,
      highlight: page.withHighlights, // LTS's default is true
      line_num: after?.line,
      __time__: after?.time,
      search_type: after && 'forwards', // in the order asked for, says the sample on the page
      scroll_id: page.scrollId,
    },
    (body) => ({
      logs: readLogs(body, page.withHighlights),
      isComplete: isComplete(body),
      scrollId: text(asObject(body).scrollId),
    }),
  );

/**
 * The log itself, with those around it, in the order in which they came. `backwards` is before, says the page; it spells
 * the two sizes without underscores, and Huawei's newer SDK with them.
 */
export const listLogContext = (
  ids: LogStreamIds,
  { line, time }: LogPosition,
  before: number,
  after: number,
): LtsCall<readonly LtsLog[]> =>
  read(
    '/v2/{projectId}/groups/{groupId}/streams/{streamId}/context',
    ids,
    { line_num: line, __time__: time, backwards_size: before, forwards_size: after },
    (body) => readLogs(body, false),
  );

/** @param stepMs 1,000 to a day: more, LTS refuses with LTS.0601 */
export const listLogHistogram = (
  { projectId, groupId, streamId }: LogStreamIds,
  { from, to, keywords }: LogFilter,
  stepMs: number,
): LtsCall<LtsHistogram> =>
  read(
    '/v2/{projectId}/lts/keyword-count',
    { projectId },
    {
      group_id: groupId,
      stream_id: streamId,
      start_time: String(from),
      end_time: String(to),
      step_interval: stepMs,
      key_word: keywords,
    },
    readHistogram,
  );

function read<T>(
  template: string,
  ids: Readonly<Record<string, string>>,
  body: Readonly<Record<string, unknown>>,
  readReply: (body: unknown) => T,
): LtsCall<T> {
  const path = fill(template, ids);
  return { method: 'POST', path, body: given(body), isRead: true, idempotent: true, read: readReply };
}

/** What the positions of logs are made of. */
export const LINE = /^[0-9A-Za-z_-]{1,64}$/;
export const TIME = /^\d{1,16}$/;

/** @param isMarked whether LTS was asked to mark keywords; otherwise what looks like a mark is the log's own text */
function readLogs(body: unknown, isMarked: boolean): LtsLog[] {
  return listIn(body, 'logs').map(({ line_num, content, labels }) => {
    const pairs = Object.entries(asObject(labels)).map(([key, value]) => ({ key, value: asText(value) }));
    const line = required(text(line_num));
    if (!LINE.test(line)) throw new UnreadableBody('no line_num');
    const time = pairs.find(({ key }) => key === '__time__')?.value ?? '';
    return {
      line,
      time: TIME.test(time) ? time : null,
      ...(isMarked ? withoutTags(asText(content)) : { content: asText(content), highlights: [] }),
      labels: pairs,
    };
  });
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  try {
    return JSON.stringify(value);
  } catch {
    throw new UnreadableBody('nested too deeply');
  }
}

/** LTS's pages have booleans, some of their samples strings. */
function isComplete(body: unknown): boolean {
  return String(asObject(body).isQueryComplete) !== 'false';
}

/** In one log: it may have such tags by itself, without end. */
const MAX_HIGHLIGHTS = 200;
const [OPENING, CLOSING] = ['<HighLightTag>', '</HighLightTag>'];

/** LTS marks keywords by tags in the text, if asked to. */
function withoutTags(marked: string): Pick<LtsLog, 'content' | 'highlights'> {
  const highlights: TextRange[] = [];
  let content = '';
  let done = 0;
  while (highlights.length < MAX_HIGHLIGHTS) {
    const opening = marked.indexOf(OPENING, done);
    const closing = opening < 0 ? -1 : marked.indexOf(CLOSING, opening);
    if (closing < 0) break;
    content += marked.slice(done, opening);
    const start = content.length;
    content += marked.slice(opening + OPENING.length, closing);
    highlights.push({ start, end: content.length });
    done = closing + CLOSING.length;
  }
  return { content: content + marked.slice(done), highlights };
}

/** Huawei's page and SDKs type `histogram` as a string, OTC's page as a map, and its sample is a list. */
function readHistogram(body: unknown): LtsHistogram {
  const { count, histogram } = asObject(body);
  // Where there are no logs, it may be empty, or not be there.
  const listed = typeof histogram === 'string' && histogram !== '' ? parsed(histogram) : histogram || [];
  if (typeof listed !== 'object' || (!histogram && wholeNumber(count) === null))
    throw new UnreadableBody('no histogram');
  const buckets = Object.values(asObject(listed))
    .map(asObject)
    .map(({ num, startTime, endTime }) => ({
      from: required(date(startTime)),
      to: required(date(endTime)),
      count: wholeNumber(num) ?? 0,
    }))
    .sort((one, other) => one.from.getTime() - other.from.getTime());
  const sum = buckets.reduce((total, bucket) => total + bucket.count, 0);
  return { count: wholeNumber(count) ?? sum, buckets, isComplete: isComplete(body) };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new UnreadableBody('no histogram');
  }
}
