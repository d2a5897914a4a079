import { GROUP_DOES_NOT_EXIST, LtsFailure } from './lts-failure.ts';
import type { LtsLogGroup, LtsLogStream } from './wire.ts';

/** The lists in which a name can be looked up. */
export interface NameLists {
  /** ListLogStreams with both names as filters. */
  ofNames(): Promise<LtsLogStream[]>;
  groups(): Promise<LtsLogGroup[]>;
  ofGroup(groupId: string): Promise<LtsLogStream[]>;
}

/**
 * The log stream of a name in the log group of a name. LTS's page does not say whether its filters match a whole name or
 * a part of it, and an edition may ignore them, so that names and groups are compared again: in one call where no log
 * stream has the name, else in one more to find the group, and in a third where LTS does not list the groups' IDs.
 *
 * @returns `null` when there is no such log stream or log group
 * @throws LtsFailure when a list cannot be read
 */
export async function findLogStreamByName(
  groupName: string,
  name: string,
  lists: NameLists,
): Promise<LtsLogStream | null> {
  try {
    const streams = (await lists.ofNames()).filter((stream) => stream.name === name);
    if (streams.length === 0) return null;
    const group = (await lists.groups()).find((one) => one.name === groupName);
    if (group === undefined) return null;
    const inGroup = streams.find(({ groupId }) => groupId === group.id);
    if (inGroup || streams.every(({ groupId }) => groupId !== null)) return inGroup ?? null;
    return (await lists.ofGroup(group.id)).find((stream) => stream.name === name) ?? null;
  } catch (failure) {
    if (failure instanceof LtsFailure && failure.code === GROUP_DOES_NOT_EXIST) return null;
    throw failure;
  }
}
