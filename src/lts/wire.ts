import { asObject, date, days, required, text, UnreadableBody } from './json-values.ts';

/**
 * LTS's JSON, read and written. LTS takes tags as an array (`tags`) and returns them as a map (`tag`); some editions
 * send numbers as strings.
 */

/** What LTS reports for a log stream whose retention is that of its log group, and accepts to leave it so. */
export const INHERITED_RETENTION = -1;

/** The tag of LTS's own that has the ID of the enterprise project; `0` is the default one. */
const ENTERPRISE_PROJECT_TAG = '_sys_enterprise_project_id';

export interface Retention {
  /** In days; `null` when the log stream follows its group, or when LTS does not report it. */
  ttlInDays: number | null;
  /** Whether LTS reports that it follows its group; some editions report no retention at all. */
  inheritsRetention: boolean;
}

export interface Tag {
  key: string;
  value: string;
}

/** What LTS lists in its map of tags. */
export interface ListedTags {
  /** Those that users gave. */
  tags: Tag[];
  /** Whether LTS lists tags at all; if not, that there are none is no fact. */
  listsTags: boolean;
  /** `null` where LTS does not list it. */
  enterpriseProjectId: string | null;
}

export interface LtsLogGroup extends ListedTags {
  id: string;
  name: string;
  alias: string | null;
  ttlInDays: number;
  createdAt: Date;
}

export interface LtsLogStream extends Retention, ListedTags {
  /** Only in the list of a whole project, and there not from every edition of LTS. */
  groupId: string | null;
  id: string;
  name: string;
  alias: string | null;
  createdAt: Date | null;
}

export interface NewLogGroup {
  name: string;
  ttlInDays: number;
  tags?: Optional<readonly NewTag[]>;
  alias?: Optional<string>;
  enterpriseProjectId?: Optional<string>;
}

/** A change of retention, of tags, or of both; LTS renames nothing. */
export interface LtsUpdate {
  ttlInDays?: Optional<number>;
  tags?: Optional<readonly NewTag[]>;
}

export interface LtsStreamUpdate extends LtsUpdate {
  /** Whether its log group's retention applies from now on; not together with `ttlInDays`. */
  followLogGroup?: Optional<boolean>;
}

export interface NewTag {
  key: string;
  value?: Optional<string>;
}

/** `null` counts as omitted, as everywhere in the public contract. */
type Optional<T> = T | null | undefined;

export interface NewLogStream {
  name: string;
  ttlInDays?: Optional<number>;
  tags?: Optional<readonly NewTag[]>;
  alias?: Optional<string>;
  enterpriseProjectName?: Optional<string>;
}

/** The body of CreateLogStream: only the fields given. */
export function writeNewLogStream(stream: NewLogStream): Record<string, unknown> {
  return withoutOmitted({
    log_stream_name: stream.name,
    ttl_in_days: stream.ttlInDays,
    tags: writeTags(stream.tags),
    log_stream_name_alias: stream.alias,
    enterprise_project_name: stream.enterpriseProjectName,
  });
}

/** The body of CreateLogGroup: only the fields given. */
export function writeNewLogGroup(group: NewLogGroup): Record<string, unknown> {
  return withoutOmitted({
    log_group_name: group.name,
    ttl_in_days: group.ttlInDays,
    tags: writeTags(group.tags),
    log_group_name_alias: group.alias,
  });
}

/** The body of UpdateLogGroup and UpdateLogStream, in which LTS requires a retention. */
export function writeUpdate(ttlInDays: number, tags: LtsUpdate['tags']): Record<string, unknown> {
  return withoutOmitted({ ttl_in_days: ttlInDays, tags: writeTags(tags) });
}

function writeTags(tags: Optional<readonly NewTag[]>): Record<string, unknown>[] | undefined {
  return tags?.map((tag) => withoutOmitted({ key: tag.key, value: tag.value }));
}

/** Tags as LTS will list them. */
export function asTags(tags: readonly NewTag[]): Tag[] {
  return tags.map(({ key, value }) => ({ key, value: value ?? '' }));
}

/** @param reported as LTS sends it; `null`, which does not mean "inherited", when it does not */
export function asRetention(reported: number | null): Retention {
  const inheritsRetention = reported === INHERITED_RETENTION;
  return { ttlInDays: inheritsRetention ? null : reported, inheritsRetention };
}

export function readLogGroups(body: unknown): LtsLogGroup[] {
  return listIn(body, 'log_groups').map((group) => ({
    id: required(text(group.log_group_id)),
    name: required(text(group.log_group_name)),
    alias: text(group.log_group_name_alias),
    ttlInDays: required(days(group.ttl_in_days)),
    createdAt: required(date(group.creation_time)),
    ...readTags(group),
  }));
}

export function readLogStreams(body: unknown): LtsLogStream[] {
  return listIn(body, 'log_streams').map((stream) => ({
    groupId: text(stream.log_group_id),
    id: required(text(stream.log_stream_id)),
    name: required(text(stream.log_stream_name)),
    alias: text(stream.log_stream_name_alias),
    ...asRetention(days(stream.ttl_in_days)),
    createdAt: date(stream.creation_time),
    ...readTags(stream),
  }));
}

export function readCreatedId(body: unknown, name: 'log_stream_id' | 'log_group_id'): string {
  return required(text(asObject(body)[name]));
}

/** The retention in the reply to an update; `null` when there is none. */
export function readRetention(body: unknown): number | null {
  return days(asObject(body).ttl_in_days);
}

/** LTS's own tags begin with `_sys_`. */
function readTags(item: Record<string, unknown>): ListedTags {
  const listed = item.tag ?? item.tags ?? null;
  const pairs: [unknown, unknown][] = Array.isArray(listed)
    ? listed.map(asObject).map((tag) => [tag.key, tag.value])
    : Object.entries(asObject(listed));
  const tags = pairs.map(([key, value]) => ({ key: required(text(key)), value: text(value) ?? '' }));
  return {
    tags: tags.filter(({ key }) => !key.startsWith('_sys_')),
    listsTags: typeof listed === 'object' && listed !== null,
    enterpriseProjectId: text(tags.find(({ key }) => key === ENTERPRISE_PROJECT_TAG)?.value),
  };
}

function listIn(body: unknown, name: string): Record<string, unknown>[] {
  const list = asObject(body)[name];
  if (!Array.isArray(list)) throw new UnreadableBody(`no list ${name}`);
  return list.map(asObject);
}

function withoutOmitted(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(body).filter(([, value]) => value !== null && value !== undefined),
  );
}
