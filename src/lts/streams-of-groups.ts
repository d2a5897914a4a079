import pMap from 'p-map';
import { LtsErrorKind } from './failure-kinds.ts';
import { LtsFailure, orFailure } from './lts-failure.ts';
import type { LtsLogStream } from './wire.ts';

/** Lists of groups that are read at the same time. */
const MAX_CONCURRENT_LISTS = 8;

/** Kinds of failure of the project-wide list that each group's list would meet as well. */
const AFFECTS_ALL_LISTS: ReadonlySet<LtsErrorKind> = new Set([
  LtsErrorKind.UNAUTHENTICATED,
  LtsErrorKind.RATE_LIMITED,
  LtsErrorKind.TIMEOUT,
  LtsErrorKind.UNAVAILABLE,
]);

/** The two ways to list log streams. */
export interface StreamLists {
  ofProject(): Promise<LtsLogStream[]>;
  ofGroup(groupId: string): Promise<LtsLogStream[]>;
}

type Result = LtsLogStream[] | LtsFailure;

/**
 * The log streams of several log groups in few calls: one for the whole project where that list names each log
 * stream's group. Editions of LTS before 2025 do not; then one more for each group.
 *
 * @param groupIds groups of one project, each once
 * @returns for each group its log streams or why they could not be read; none for a group without any
 */
export async function streamsOfGroups(
  groupIds: readonly string[],
  lists: StreamLists,
): Promise<ReadonlyMap<string, Result>> {
  if (groupIds.length === 1) return groupByGroup(groupIds, lists);
  const all = await orFailure(lists.ofProject());
  if (all instanceof LtsFailure) {
    return AFFECTS_ALL_LISTS.has(all.kind)
      ? new Map(groupIds.map((id) => [id, all]))
      : groupByGroup(groupIds, lists);
  }
  return byGroup(all) ?? groupByGroup(groupIds, lists);
}

/** `null` when not every log stream names its group. */
function byGroup(streams: readonly LtsLogStream[]): Map<string, LtsLogStream[]> | null {
  const groups = new Map<string, LtsLogStream[]>();
  for (const stream of streams) {
    if (stream.groupId === null) return null;
    const group = groups.get(stream.groupId);
    if (group) group.push(stream);
    else groups.set(stream.groupId, [stream]);
  }
  return groups;
}

async function groupByGroup(groupIds: readonly string[], lists: StreamLists): Promise<Map<string, Result>> {
  const ask = async (id: string) => [id, await orFailure(lists.ofGroup(id))] as const;
  return new Map(await pMap(groupIds, ask, { concurrency: MAX_CONCURRENT_LISTS }));
}
