import { randomUUID } from 'node:crypto';
import { EDITIONS, type EditionName } from './editions.ts';
import { ReadLimit } from './read-limit.ts';
import { SampleLogs } from './sample-logs.ts';
import { type NewLog, type StoredLog, StreamLogs } from './stream-logs.ts';

// Property names are those of LTS's JSON.
export interface StoredStream {
  log_stream_id: string;
  log_stream_name: string;
  log_stream_name_alias?: string;
  /** -1: the log group's retention applies. */
  ttl_in_days: number;
  whether_log_storage: boolean;
  creation_time: number;
  tag: Record<string, string>;
}

export interface StoredGroup {
  log_group_id: string;
  log_group_name: string;
  log_group_name_alias?: string;
  ttl_in_days: number;
  creation_time: number;
  tag: Record<string, string>;
  streams: Map<string, StoredStream>;
}

export interface Tag {
  key: string;
  value?: string;
}

export interface NewGroup {
  log_group_name: string;
  log_group_name_alias?: string;
  ttl_in_days: number;
  tags?: Tag[];
  /** By default that of the default project, `0`. */
  enterprise_project_id?: string;
}

export interface NewStream {
  log_stream_name: string;
  log_stream_name_alias?: string;
  ttl_in_days?: number;
  tags?: Tag[];
}

/** The default quota of log groups in a project, and of log streams in a log group. */
export const QUOTA = 100;

/** The only project, and what it has at the start. */
export const DEMO = {
  projectId: '2f8a1c5e9b7d4036a1e2c3d4f5061728',
  groupId: '7c1e0d2a-5b3f-4e86-9a40-1f2e3d4c5b6a',
  /** The log stream of the first log group: the only one with logs, and more from time to time. */
  streamId: '4a6f2d91-8c3e-4b57-a0d2-6e9b1f7c5a38',
  otherGroupId: '0b9d8c7e-6f5a-4b3c-8d2e-1a0f9e8d7c6b',
  /** Any other token works as well. */
  token: 'demo-token',
  /** The only access key and its secret key. */
  ak: 'demo-access-key',
  sk: 'demo-secret-key',
} as const;

/** LTS's own tag: the enterprise project that an item belongs to. */
const PROJECT_TAG = '_sys_enterprise_project_id';
const DEFAULT_PROJECT = '0';

/** The state of the embedded LTS: the log groups, log streams and logs of one project. */
export class LtsStore {
  readonly groups = new Map<string, StoredGroup>();
  /** IDs of groups and streams that a log transfer uses, so that they cannot be deleted. */
  readonly inTransfer = new Set<string>();
  /** Tests change it between calls. */
  edition: EditionName;
  readonly #initialEdition: EditionName;
  /** Whether the demo log stream gets more logs as time passes. Tests switch it off until the next `reset`. */
  isGrowing = true;
  #samples = new SampleLogs(Date.now());
  /** By the ID of their log stream. */
  readonly #logs = new Map<string, StreamLogs>();
  readonly #readLimit = new ReadLimit();
  /** Groups and streams that lists do not have yet, and the time from which they do, of `performance.now()`. */
  readonly #listedFrom = new Map<string, number>();
  /** The last group or stream that was deleted. */
  #deleted: Deleted | undefined;
  /** Deleted groups and streams that lists still have, and the time until which they do. */
  readonly #listedUntil = new Map<Deleted, number>();

  constructor(edition: EditionName) {
    this.edition = edition;
    this.#initialEdition = edition;
    this.reset();
  }

  /** Restores the initial state: two log groups, the first with one log stream that has logs. */
  reset(): void {
    this.edition = this.#initialEdition;
    this.isGrowing = true;
    this.#samples = new SampleLogs(Date.now());
    this.#logs.clear();
    this.#readLimit.clear();
    this.groups.clear();
    this.inTransfer.clear();
    this.#listedFrom.clear();
    this.#listedUntil.clear();
    this.addGroup({ log_group_name: 'web-shop', ttl_in_days: 30 }, DEMO.groupId);
    this.addGroup({ log_group_name: 'mobile-app', ttl_in_days: 7 }, DEMO.otherGroupId);
    const access = { log_stream_name: 'access', ttl_in_days: 90 };
    this.addStream(this.groupOf(DEMO.groupId), access, DEMO.streamId);
    this.#grow();
  }

  isProject(projectId: string): boolean {
    return projectId === DEMO.projectId;
  }

  addGroup(body: NewGroup, id: string = randomUUID()): StoredGroup {
    const group: StoredGroup = {
      log_group_id: id,
      log_group_name: body.log_group_name,
      ...(body.log_group_name_alias !== undefined && { log_group_name_alias: body.log_group_name_alias }),
      ttl_in_days: body.ttl_in_days,
      creation_time: Date.now(),
      tag: toTagMap(body.tags, projectOf(body)),
      streams: new Map(),
    };
    this.groups.set(group.log_group_id, group);
    return group;
  }

  addStream(group: StoredGroup, body: NewStream, id: string = randomUUID()): StoredStream {
    const stream: StoredStream = {
      log_stream_id: id,
      log_stream_name: body.log_stream_name,
      ...(body.log_stream_name_alias !== undefined && { log_stream_name_alias: body.log_stream_name_alias }),
      ttl_in_days: body.ttl_in_days ?? -1,
      whether_log_storage: true,
      creation_time: Date.now(),
      tag: toTagMap(body.tags, group.tag[PROJECT_TAG]),
    };
    group.streams.set(stream.log_stream_id, stream);
    this.#logs.set(stream.log_stream_id, new StreamLogs());
    return stream;
  }

  deleteGroup(group: StoredGroup): void {
    this.groups.delete(group.log_group_id);
    for (const streamId of group.streams.keys()) this.#deleteLogs(streamId);
    this.#deleted = { item: group };
  }

  deleteStream(group: StoredGroup, stream: StoredStream): void {
    group.streams.delete(stream.log_stream_id);
    this.#deleteLogs(stream.log_stream_id);
    this.#deleted = { item: stream, groupId: group.log_group_id };
  }

  /** @throws Error when there is no such log stream */
  addLogs(streamId: string, logs: readonly NewLog[]): void {
    const stored = this.#logsOf(streamId);
    for (const log of logs) stored.add(log);
  }

  /**
   * All logs of a log stream, in ascending order.
   *
   * @throws Error when there is no such log stream
   */
  logsOf(streamId: string): readonly StoredLog[] {
    if (this.isGrowing) this.#grow();
    return this.#logsOf(streamId).all;
  }

  /** @returns whether the edition allows one more ListLogs of the log stream in this minute, which it then counts */
  takeLogRead(streamId: string): boolean {
    return this.#readLimit.take(streamId, EDITIONS[this.edition].logReadsPerMinute);
  }

  #logsOf(streamId: string): StreamLogs {
    const logs = this.#logs.get(streamId);
    if (logs === undefined) throw new Error(`no log stream ${streamId} in the store`);
    return logs;
  }

  /** Adds the sample logs that are due. They come when somebody reads, without a timer. */
  #grow(): void {
    const logs = this.#logs.get(DEMO.streamId);
    if (logs) for (const log of this.#samples.take(Date.now())) logs.add(log);
  }

  #deleteLogs(streamId: string): void {
    this.#logs.delete(streamId);
    this.#readLimit.forget(streamId);
  }

  /**
   * Keeps all lists as they were before a write for so many milliseconds.
   *
   * @param createdId what the write has created; without it, the write is the last delete
   */
  delayLists(ms: number, createdId?: string): void {
    if (createdId !== undefined) this.#listedFrom.set(createdId, performance.now() + ms);
    else if (this.#deleted) this.#listedUntil.set(this.#deleted, performance.now() + ms);
  }

  listedGroups(): StoredGroup[] {
    return this.#listed([...this.groups.values()], undefined) as StoredGroup[];
  }

  listedStreams(group: StoredGroup): StoredStream[] {
    return this.#listed([...group.streams.values()], group.log_group_id) as StoredStream[];
  }

  /** @param groupId for streams */
  #listed(items: readonly Item[], groupId: string | undefined): Item[] {
    const now = performance.now();
    for (const [id, from] of this.#listedFrom) if (from <= now) this.#listedFrom.delete(id);
    for (const [deleted, until] of this.#listedUntil) if (until <= now) this.#listedUntil.delete(deleted);
    const stale = [...this.#listedUntil.keys()].filter((deleted) => deleted.groupId === groupId);
    return [...items.filter((item) => !this.#listedFrom.has(idOf(item))), ...stale.map(({ item }) => item)];
  }

  /** @throws Error when there is no such log group */
  groupOf(groupId: string): StoredGroup {
    const group = this.groups.get(groupId);
    if (group === undefined) throw new Error(`no log group ${groupId} in the store`);
    return group;
  }
}

type Item = StoredGroup | StoredStream;

interface Deleted {
  readonly item: Item;
  /** Of a stream. */
  readonly groupId?: string;
}

const idOf = (item: Item) => ('log_stream_id' in item ? item.log_stream_id : item.log_group_id);

/** Replaces the tags of a group or stream; it stays in its enterprise project. */
export function replaceTags(item: StoredGroup | StoredStream, tags: Tag[]): void {
  item.tag = toTagMap(tags, item.tag[PROJECT_TAG]);
}

/** LTS accepts tags as an array and returns them as a map, with an entry that it adds itself. */
function toTagMap(tags: Tag[] = [], projectId = DEFAULT_PROJECT): Record<string, string> {
  return {
    [PROJECT_TAG]: projectId,
    ...Object.fromEntries(tags.map(({ key, value }) => [key, value ?? ''])),
  };
}

/** `default` is another name of the default project. */
function projectOf({ enterprise_project_id: id }: NewGroup): string {
  return id === undefined || id === 'default' ? DEFAULT_PROJECT : id;
}
