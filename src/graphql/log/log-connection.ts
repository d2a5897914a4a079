import { createHash } from 'node:crypto';
import { ownFailure } from '../../lts/failure.ts';
import {
  LINE,
  type LogPosition,
  type LogStreamIds,
  type LtsLog,
  type LtsLogPage,
  TIME,
} from '../../lts/logs.ts';
import { date } from '../../lts/wire.ts';
import type { SentenceKey } from '../../messages/messages.ts';
import type { LogStream } from '../log-stream/log-stream.ts';
import type { Log, LogConnection } from './log.ts';
import { isTimeAllowed, type LogSearch, timeOf } from './log-inputs.ts';

/** Where a page begins. The time is that of the first page, so that logs which arrive meanwhile move nothing. */
export interface PageStart {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** The log before the page; `null` for the first one. */
  readonly after: LogPosition | null;
  /** What LTS sent with the page before, if anything. */
  readonly scrollId: string | null;
}

const MAX_CURSOR_CHARACTERS = 4_096;
/** What LTS sends beyond this, as JSON, is not kept. */
const MAX_SCROLL_ID_BYTES = 2_048;

/**
 * Where the page after a cursor begins; without one, the first page.
 *
 * @throws LtsFailed of code GATEWAY.INVALID_INPUT when the cursor is not one of this search
 */
export function startOf(ids: LogStreamIds, search: LogSearch, cursor: string | null): PageStart {
  if (cursor !== null) return decode(cursor, digestOf(ids, search)) ?? refuse('after', 'rule.cursor');
  // The rules on the arguments have made sure of a time.
  const { from, to } = timeOf(search, Date.now()) ?? { from: 0, to: 0 };
  return { from, to, after: null, scrollId: null };
}

/**
 * LTS is asked for no more logs than the page has, since it counts its `scroll_id` from the last one that it sends. So a full
 * page may be the last one, and an empty one follow.
 *
 * @param first how many logs LTS was asked for
 */
export function connectionOf(
  ids: LogStreamIds,
  search: LogSearch,
  start: PageStart,
  first: number,
  page: LtsLogPage,
): LogConnection {
  // LTS's pages do not say that the log before a page is never in it.
  const logs = page.logs.filter(({ line }) => line !== start.after?.line).slice(0, first);
  const searchDigest = digestOf(ids, search);
  // What LTS counts from is not the last log of the page where it has sent more than it was asked for.
  const scrollId = page.logs.length <= first ? usable(page.scrollId) : null;
  const edges = logs.map((log, index) => {
    const position = { ...start, after: log, scrollId: index === logs.length - 1 ? scrollId : null };
    return { cursor: encode(position, searchDigest), node: nodeOf(ids, log) };
  });
  // After an empty page that is incomplete, the next one goes on from the same log.
  const stoppedAt = page.isComplete ? null : encode({ ...start, scrollId }, searchDigest);
  return {
    edges,
    pageInfo: {
      hasNextPage: (page.logs.length >= first && logs.length > 0) || !page.isComplete,
      hasPreviousPage: start.after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? stoppedAt,
    },
    from: new Date(start.from),
    to: new Date(start.to),
    isComplete: page.isComplete,
  };
}

/** A log stream whose group LTS does not say is in no answer in which its logs can be read. */
export function idsOf({ projectId, groupId, id }: LogStream): LogStreamIds {
  return { projectId, groupId: groupId ?? '', streamId: id };
}

export function nodeOf(ids: LogStreamIds, { line, time, content, labels, highlights }: LtsLog): Log {
  const id = [ids.streamId, line, ...(time === null ? [] : [time])].join(':');
  return { id, at: timestampOf({ line, time }), content, labels, highlights, ids, position: { line, time } };
}

/** @throws LtsFailed of code GATEWAY.INVALID_INPUT when it is no ID of a log of this log stream */
export function positionOf(ids: LogStreamIds, id: string): LogPosition {
  const [streamId, line = '', time, ...rest] = id.split(':', 4);
  const isWrong =
    streamId !== ids.streamId ||
    !LINE.test(line) ||
    (time !== undefined && !TIME.test(time)) ||
    rest.length > 0;
  return isWrong ? refuse('id', 'rule.logId') : { line, time: time ?? null };
}

/** LTS's line numbers are nanoseconds since 1970. */
function timestampOf({ line, time }: LogPosition): Date | null {
  if (time !== null) return date(time);
  return /^\d{19}$/.test(line) ? date(line.slice(0, -6)) : null;
}

function encode({ from, to, after, scrollId }: PageStart, searchDigest: string): string {
  const fields = [from, to, after?.line ?? null, after?.time ?? null, scrollId];
  return Buffer.from(JSON.stringify([...fields, checksum(fields, searchDigest)])).toString('base64url');
}

function decode(cursor: string, searchDigest: string): PageStart | null {
  if (cursor.length > MAX_CURSOR_CHARACTERS) return null;
  let fields: unknown;
  try {
    fields = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return null;
  }
  if (!Array.isArray(fields) || fields.length !== 6) return null;
  const [from, to, line, time, scrollId] = fields;
  const isRight =
    isTimeAllowed(from, to) &&
    (line === null ? time === null : matches(LINE, line) && (time === null || matches(TIME, time))) &&
    (scrollId === null || (typeof scrollId === 'string' && usable(scrollId) !== null));
  if (!isRight) return null;
  const start = { from, to, after: line === null ? null : { line, time }, scrollId };
  return encode(start, searchDigest) === cursor ? start : null;
}

const matches = (pattern: RegExp, value: unknown) => typeof value === 'string' && pattern.test(value);

function usable(scrollId: string | null): string | null {
  const isShort = scrollId !== null && Buffer.byteLength(JSON.stringify(scrollId)) <= MAX_SCROLL_ID_BYTES;
  return isShort ? scrollId : null;
}

/**
 * Finds a cursor that was changed, or that is of another search or log stream, by mistake. Whoever makes one up can read
 * no more with it than with a search of their own.
 */
function checksum(fields: readonly unknown[], searchDigest: string): string {
  return digest([fields, searchDigest]).slice(0, 16);
}

/** Made once for a page: keywords may be long. */
function digestOf({ streamId }: LogStreamIds, search: LogSearch): string {
  const { lastSeconds = null, from = null, to = null, keywords, labels, order } = search;
  const pairs = labels?.map(({ key, value }) => [key, value]) ?? [];
  const searched = [
    ...[lastSeconds, from, to, keywords || null],
    pairs.length > 0 ? pairs : null,
    order ?? 'NEWEST_FIRST',
  ];
  return digest([streamId, searched]);
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}

function refuse(argument: string, key: SentenceKey): never {
  throw ownFailure('GATEWAY.INVALID_INPUT', { inputErrors: [{ path: [argument], sentences: [{ key }] }] });
}
