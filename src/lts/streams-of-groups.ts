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

/** The two ways to ask for log streams. */
export interface StreamLists {
  ofProject(): Promise<LogStreamRecord[]>;
  ofGroup(groupId: string): Promise<LogStreamRecord[]>;
}

type Result = LogStreamRecord[] | LtsFailure;

/**
 * The log streams of several log groups in few calls: one where the project-wide list names each one's group, which
 * that of editions before 2025 does not; then one more for each group, 8 in flight.
 *
 * @param groupIds groups of one project, each once
 * @returns for each group its log streams or why they could not be read; none for a group without any
 */
export async function streamsOfGroups(
  groupIds: readonly string[],
  lists: StreamLists,
): Promise<ReadonlyMap<string, Result>> {
  if (groupIds.length === 1) return groupByGroup(groupIds, lists);
  const all = await caught(lists.ofProject());
  if (all instanceof LtsFailure) {
    return HOPELESS.has(all.kind) ? new Map(groupIds.map((id) => [id, all])) : groupByGroup(groupIds, lists);
  }
  return byGroup(all) ?? groupByGroup(groupIds, lists);
}

/** `null` when not every log stream names its group. */
function byGroup(streams: readonly LogStreamRecord[]): Map<string, LogStreamRecord[]> | null {
  const groups = new Map<string, LogStreamRecord[]>();
  for (const stream of streams) {
    if (stream.groupId === null) return null;
    const group = groups.get(stream.groupId);
    if (group) group.push(stream);
    else groups.set(stream.groupId, [stream]);
  }
  return groups;
}

async function groupByGroup(groupIds: readonly string[], lists: StreamLists): Promise<Map<string, Result>> {
  const ask = async (id: string) => [id, await caught(lists.ofGroup(id))] as const;
  return new Map(await pMap(groupIds, ask, { concurrency: MOST_IN_FLIGHT }));
}

async function caught<T>(promise: Promise<T>): Promise<T | LtsFailure> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof LtsFailure) return error;
    throw error;
  }
}
