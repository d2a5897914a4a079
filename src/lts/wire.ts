/**
 * What LTS lists, as it is read from its JSON, of which nothing is certain: some editions send numbers as strings, or
 * leave fields out. LTS takes tags as an array (`tags`) and returns them as a map (`tag`).
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
  projectId: string;
  id: string;
  name: string;
  alias: string | null;
  ttlInDays: number;
  createdAt: Date;
}

export interface LtsLogStream extends Retention, ListedTags {
  projectId: string;
  /** `null` in the list of a whole project from some editions of LTS. */
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

export interface NewTag {
  key: string;
  value?: Optional<string>;
}

/** `null` counts as omitted, as everywhere in the public contract. */
export type Optional<T> = T | null | undefined;

export interface NewLogStream {
  name: string;
  ttlInDays?: Optional<number>;
  tags?: Optional<readonly NewTag[]>;
  alias?: Optional<string>;
  enterpriseProjectName?: Optional<string>;
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

/**
 * Whether an item is as a create asked for, by its retention, alias and tags: `false` if one of these is another. `null`
 * if it has one that was not asked for, which LTS itself may have added, as it adds the tags of a log group to its log
 * streams; or if a tag is missing, which LTS may add late. What LTS does not list at all proves nothing either way.
 */
export function isAsAsked(
  item: ListedTags & { alias: string | null; ttlInDays: number | null; inheritsRetention?: boolean },
  asked: Pick<NewLogStream, 'ttlInDays' | 'alias' | 'tags'>,
): boolean | null {
  const listedTags = new Map(item.tags.map(({ key, value }) => [key, value]));
  const askedTags = new Map(asTags(asked.tags ?? []).map(({ key, value }) => [key, value]));
  const verdicts = [
    item.inheritsRetention ? (asked.ttlInDays ?? null) === null : agrees(item.ttlInDays, asked.ttlInDays),
    agrees(item.alias, asked.alias),
    ...[...listedTags].map(([key, value]) => agrees(value, askedTags.get(key))),
    ...[...askedTags.keys()].map((key) => !item.listsTags || listedTags.has(key) || null),
  ];
  return verdicts.includes(false) ? false : verdicts.includes(null) ? null : true;
}

/** @returns `null` for a value that was not asked for */
function agrees<T>(listed: T | null, asked: Optional<T>): boolean | null {
  if (listed === null) return true;
  return asked === null || asked === undefined ? null : listed === asked;
}

export function readLogGroups(body: unknown, projectId: string): LtsLogGroup[] {
  return listIn(body, 'log_groups').map((group) => ({
    projectId,
    id: required(text(group.log_group_id)),
    name: required(text(group.log_group_name)),
    alias: text(group.log_group_name_alias),
    ttlInDays: required(days(group.ttl_in_days)),
    createdAt: required(date(group.creation_time)),
    ...readTags(group),
  }));
}

/** @param groupId the log group whose list it is, if it is one of a log group */
export function readLogStreams(
  body: unknown,
  projectId: string,
  groupId: string | null = null,
): LtsLogStream[] {
  return listIn(body, 'log_streams').map((stream) => ({
    projectId,
    groupId: groupId ?? text(stream.log_group_id),
    id: required(text(stream.log_stream_id)),
    name: required(text(stream.log_stream_name)),
    alias: text(stream.log_stream_name_alias),
    ...asRetention(days(stream.ttl_in_days)),
    createdAt: date(stream.creation_time),
    ...readTags(stream),
  }));
}

/** The ID in the reply to a create. */
export const readId =
  (field: string) =>
  (body: unknown): string =>
    required(text(asObject(body)[field]));

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

export function listIn(body: unknown, name: string): Record<string, unknown>[] {
  const list = asObject(body)[name];
  if (!Array.isArray(list)) throw new UnreadableBody(`no list ${name}`);
  return list.map(asObject);
}

/** Thrown when a body of LTS lacks something that it always has. */
export class UnreadableBody extends Error {}

export function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** `null` where there is none, or an empty one. */
export function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

export function wholeNumber(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : null;
}

/** A number of days. LTS has at most 365; GraphQL's Int has 32 bits. */
function days(value: unknown): number | null {
  const number = wholeNumber(value);
  return number !== null && number >= -(2 ** 31) && number < 2 ** 31 ? number : null;
}

/** The years 0 to 9999: others are written in a way that apps do not read. */
const [MIN_TIME, MAX_TIME] = [Date.parse('0000-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')];

/** A time in milliseconds since 1970. */
export function date(value: unknown): Date | null {
  const milliseconds = wholeNumber(value);
  if (milliseconds === null || milliseconds < MIN_TIME || milliseconds > MAX_TIME) return null;
  return new Date(milliseconds);
}

export function required<T>(value: T | null): T {
  if (value === null) throw new UnreadableBody('a required field is missing');
  return value;
}
