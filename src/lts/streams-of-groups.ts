import pMap from 'p-map';
import { LtsErrorKind } from './failure-kinds.ts';
import { LtsFailure } from './lts-failure.ts';
import type { LogStreamRecord } from './wire.ts';

const MOST_IN_FLIGHT = 8;

/** Kinds of failure of the project-wide list after which asking group by group makes no sense. */
const HOPELESS: ReadonlySet<LtsErrorKind> = new Set([
  LtsErrorKind.UNAUTHENTICATED,
  LtsErrorKind.RATE_LIMITED,
  LtsErrorKind.TIMEOUT,
  LtsErrorKind.UNAVAILABLE,
]);

/** What this LTS has been seen to be; learnt once, for all callers. */
export interface LtsEdition {
  /** Whether the project-wide list of log streams names each one's log group; editions before 2025 do not. */
  listsGroupIds?: boolean;
}

/** The two ways to ask for log streams. */
export interface StreamLists {
  /** All groups of the project, as this request has read them. */
  allGroupIds(): Promise<readonly string[]>;
  ofProject(): Promise<LogStreamRecord[]>;
  ofGroup(groupId: string): Promise<LogStreamRecord[]>;
}

type Result = LogStreamRecord[] | LtsFailure;

/**
 * The log streams of several log groups in few calls: one where the project-wide list names the groups,
 * otherwise one for each group, 8 in flight.
 *
 * @param groupIds groups of one project, each once
 * @returns for each group its log streams or why they could not be read
 */
export async function streamsOfGroups(
  groupIds: readonly string[],
  lists: StreamLists,
  edition: LtsEdition,
): Promise<Result[]> {
  if (groupIds.length === 1 || edition.listsGroupIds === false) return groupByGroup(groupIds, lists);

  const all = await caught(lists.ofProject());
  if (all instanceof LtsFailure) {
    return HOPELESS.has(all.kind) ? groupIds.map(() => all) : groupByGroup(groupIds, lists);
  }
  if (all.every((stream) => stream.groupId !== null)) {
    if (all.length > 0) edition.listsGroupIds = true;
    return groupIds.map((id) => all.filter((stream) => stream.groupId === id));
  }
  edition.listsGroupIds = false;
  const allGroupIds = await lists.allGroupIds();
  const areAll = allGroupIds.length === groupIds.length && allGroupIds.every((id) => groupIds.includes(id));
  return areAll ? restInLastGroup(groupIds, lists, all) : groupByGroup(groupIds, lists);
}

function groupByGroup(groupIds: readonly string[], lists: StreamLists): Promise<Result[]> {
  return pMap(groupIds, (id) => caught(lists.ofGroup(id)), { concurrency: MOST_IN_FLIGHT });
}

/**
 * The list that named no groups was not in vain: what is in none of the other groups is in the last one, and
 * so finding out has cost no call. Only where all groups of the project are asked for and all others answer.
 */
async function restInLastGroup(
  groupIds: readonly string[],
  lists: StreamLists,
  all: readonly LogStreamRecord[],
): Promise<Result[]> {
  const others = await groupByGroup(groupIds.slice(0, -1), lists);
  const answered = others.filter((result): result is LogStreamRecord[] => !(result instanceof LtsFailure));
  const last = groupIds.slice(-1);
  if (answered.length < others.length) return [...others, ...(await groupByGroup(last, lists))];
  const elsewhere = new Set(answered.flat().map((stream) => stream.id));
  return [...others, all.filter((stream) => !elsewhere.has(stream.id))];
}

async function caught<T>(promise: Promise<T>): Promise<T | LtsFailure> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof LtsFailure) return error;
    throw error;
  }
}
