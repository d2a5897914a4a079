import { randomUUID } from 'node:crypto';
import type { EditionName } from './editions.ts';

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

/** The only project, and the log groups that it has at the start. */
export const DEMO = {
  projectId: '2f8a1c5e9b7d4036a1e2c3d4f5061728',
  groupId: '7c1e0d2a-5b3f-4e86-9a40-1f2e3d4c5b6a',
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

/** The state of the embedded LTS: the log groups and log streams of one project. */
export class LtsStore {
  readonly groups = new Map<string, StoredGroup>();
  /** IDs of groups and streams that a log transfer uses, so that they cannot be deleted. */
  readonly inTransfer = new Set<string>();
  /** Tests change it between calls. */
  edition: EditionName;
  readonly #initialEdition: EditionName;
  /** Groups and streams that lists do not have yet, and the time from which they do, of `performance.now()`. */
  readonly #listedFrom = new Map<string, number>();

  constructor(edition: EditionName) {
    this.edition = edition;
    this.#initialEdition = edition;
    this.reset();
  }

  /** Restores the initial state: two log groups, the first with one log stream. */
  reset(): void {
    this.edition = this.#initialEdition;
    this.groups.clear();
    this.inTransfer.clear();
    this.#listedFrom.clear();
    this.addGroup({ log_group_name: 'web-shop', ttl_in_days: 30 }, DEMO.groupId);
    this.addGroup({ log_group_name: 'mobile-app', ttl_in_days: 7 }, DEMO.otherGroupId);
    this.addStream(this.groupOf(DEMO.groupId), { log_stream_name: 'access', ttl_in_days: 90 });
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

  addStream(group: StoredGroup, body: NewStream): StoredStream {
    const stream: StoredStream = {
      log_stream_id: randomUUID(),
      log_stream_name: body.log_stream_name,
      ...(body.log_stream_name_alias !== undefined && { log_stream_name_alias: body.log_stream_name_alias }),
      ttl_in_days: body.ttl_in_days ?? -1,
      whether_log_storage: true,
      creation_time: Date.now(),
      tag: toTagMap(body.tags, group.tag[PROJECT_TAG]),
    };
    group.streams.set(stream.log_stream_id, stream);
    return stream;
  }

  /** Keeps a group or stream out of all lists for so many milliseconds. */
  hideFromLists(id: string, ms: number): void {
    this.#listedFrom.set(id, performance.now() + ms);
  }

  isListed(id: string): boolean {
    const from = this.#listedFrom.get(id);
    if (from !== undefined && from > performance.now()) return false;
    this.#listedFrom.delete(id);
    return true;
  }

  /** @throws Error when there is no such log group */
  groupOf(groupId: string): StoredGroup {
    const group = this.groups.get(groupId);
    if (group === undefined) throw new Error(`no log group ${groupId} in the store`);
    return group;
  }
}

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
