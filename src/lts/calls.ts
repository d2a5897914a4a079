import { ownFailure } from './failure.ts';
import {
  asTags,
  isAsAsked,
  type LtsLogGroup,
  type LtsLogStream,
  type NewLogGroup,
  type NewLogStream,
  type NewTag,
  type Optional,
  readId,
  readLogGroups,
  readLogStreams,
  readRetention,
} from './wire.ts';

/** One call of an operation of LTS: what is sent, what its reply means, and what is known of the operation. */
export interface LtsCall<T> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: LtsPath;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Whether it changes nothing, whatever its method. A read gives way to others, and is made while the gateway shuts down. */
  readonly isRead?: true;
  /**
   * Whether sending it twice does the same as once, so that an app may try again after any failure. Otherwise a failure
   * is retryable only if LTS has certainly not carried it out.
   */
  readonly idempotent: boolean;
  /** The error code with which LTS says, on the API page of the operation, that it has failed to carry it out. */
  readonly notAppliedCode?: string;
  /** Reads the body of a success, which is `undefined` where LTS sends none; throws UnreadableBody. */
  readonly read: (body: unknown) => T;
}

export type ListCall<T> = LtsCall<T[]>;

/** A create: its reply has the ID of what was created. */
export interface CreateCall<T> extends LtsCall<string> {
  readonly creates: 'logStream' | 'logGroup';
  /** Unique in the list. */
  readonly name: string;
  /** Whether an item is as it was asked for; `null` where what LTS lists does not decide it. */
  readonly isAsAsked: (item: T) => boolean | null;
  /**
   * What it has created, as it was asked for. What LTS decides by itself is `null`; a log group counts as created when LTS
   * confirmed it.
   */
  readonly asRequested: (id: string, confirmedAt: Date) => T;
  /** The list that shows it after a success. */
  readonly list: ListCall<T>;
}

export interface DeleteCall extends LtsCall<unknown> {
  readonly id: string;
  /** The list that does not show it after a success. */
  readonly list: ListCall<{ readonly id: string }>;
}

// Each name is that of the operation in LTS's documentation. LTS pages none of its lists.

export const listLogGroups = (projectId: string): ListCall<LtsLogGroup> =>
  get('/v2/{projectId}/groups', { projectId }, (body) => readLogGroups(body, projectId));

/** What the list of one log group answers when that does not exist. */
export const GROUP_DOES_NOT_EXIST = 'LTS.0201';

/** Of one log group. */
export const listLogStream = (projectId: string, groupId: string): ListCall<LtsLogStream> =>
  get('/v2/{projectId}/groups/{groupId}/streams', { projectId, groupId }, (body) =>
    readLogStreams(body, projectId, groupId),
  );

/** Of a project; an edition of LTS may ignore the filters. */
export const listLogStreams = (
  projectId: string,
  filters: { log_group_name?: string; log_stream_name?: string } = {},
): ListCall<LtsLogStream> =>
  get('/v2/{projectId}/log-streams', { projectId }, (body) => readLogStreams(body, projectId), filters);

export const createLogStream = (
  projectId: string,
  groupId: string,
  stream: NewLogStream,
): CreateCall<LtsLogStream> => ({
  method: 'POST',
  path: fill('/v2/{projectId}/groups/{groupId}/streams', { projectId, groupId }),
  body: given({
    log_stream_name: stream.name,
    ttl_in_days: stream.ttlInDays,
    tags: tagsToSend(stream.tags),
    log_stream_name_alias: stream.alias,
    enterprise_project_name: stream.enterpriseProjectName,
  }),
  idempotent: false,
  notAppliedCode: 'LTS.0202', // "Failed to create Log stream"
  read: readId('log_stream_id'),
  creates: 'logStream',
  name: stream.name,
  isAsAsked: (item) => isAsAsked(item, stream),
  asRequested: (id) => ({
    projectId,
    groupId,
    id,
    ...requestedFields(stream),
    ttlInDays: stream.ttlInDays ?? null,
    inheritsRetention: false,
    createdAt: null,
    enterpriseProjectId: null,
  }),
  list: listLogStream(projectId, groupId),
});

export const createLogGroup = (projectId: string, group: NewLogGroup): CreateCall<LtsLogGroup> => ({
  method: 'POST',
  path: fill('/v2/{projectId}/groups', { projectId }, { enterprise_project_id: group.enterpriseProjectId }),
  body: given({
    log_group_name: group.name,
    ttl_in_days: group.ttlInDays,
    tags: tagsToSend(group.tags),
    log_group_name_alias: group.alias,
  }),
  idempotent: false,
  notAppliedCode: 'LTS.0102', // "Failed to create log group"
  read: readId('log_group_id'),
  creates: 'logGroup',
  name: group.name,
  isAsAsked: (item) => isAsAsked(item, group),
  asRequested: (id, confirmedAt) => ({
    projectId,
    id,
    ...requestedFields(group),
    ttlInDays: group.ttlInDays,
    createdAt: confirmedAt,
    enterpriseProjectId: group.enterpriseProjectId ?? null,
  }),
  list: listLogGroups(projectId),
});

/** What a log group and a log stream have in common before LTS has listed them. */
function requestedFields({ name, alias = null, tags }: Pick<NewLogStream, 'name' | 'alias' | 'tags'>) {
  return { name, alias, tags: asTags(tags ?? []), listsTags: false };
}

/** LTS requires a retention with every update, and answers with it. */
export const updateLogGroup = (
  projectId: string,
  groupId: string,
  ttlInDays: number,
  tags: Optional<readonly NewTag[]>,
): LtsCall<number | null> => ({
  method: 'POST',
  path: fill('/v2/{projectId}/groups/{groupId}', { projectId, groupId }),
  body: given({ ttl_in_days: ttlInDays, tags: tagsToSend(tags) }),
  idempotent: true,
  read: readRetention,
});

export const updateLogStream = (
  projectId: string,
  groupId: string,
  streamId: string,
  ttlInDays: number,
  tags: Optional<readonly NewTag[]>,
): LtsCall<number | null> => ({
  method: 'PUT',
  path: fill('/v2/{projectId}/groups/{groupId}/streams-ttl/{streamId}', { projectId, groupId, streamId }),
  body: given({ ttl_in_days: ttlInDays, tags: tagsToSend(tags) }),
  idempotent: true,
  read: readRetention,
});

export const deleteLogGroup = (projectId: string, groupId: string): DeleteCall => ({
  method: 'DELETE',
  path: fill('/v2/{projectId}/groups/{groupId}', { projectId, groupId }),
  idempotent: true,
  read: () => undefined,
  id: groupId,
  list: listLogGroups(projectId),
});

export const deleteLogStream = (projectId: string, groupId: string, streamId: string): DeleteCall => ({
  method: 'DELETE',
  path: fill('/v2/{projectId}/groups/{groupId}/streams/{streamId}', { projectId, groupId, streamId }),
  idempotent: true,
  read: () => undefined,
  id: streamId,
  list: listLogStream(projectId, groupId),
});

function get<T>(template: string, ids: Ids, read: (body: unknown) => T, query?: Query): LtsCall<T> {
  return { method: 'GET', path: fill(template, ids, query), isRead: true, idempotent: true, read };
}

type Ids = Readonly<Record<string, string>>;
type Query = Readonly<Record<string, string | null | undefined>>;

/** Path of a call to LTS. */
export interface LtsPath {
  /** The same for all callers, for metrics: `/v2/{projectId}/groups`. */
  readonly template: string;
  /** With the IDs filled in, without the query: for traces, which have IDs and no other value of a caller's. */
  readonly filled: string;
  /** Encoded, with its question mark; empty when there is none. */
  readonly query: string;
  readonly projectId: string;
}

/** What IDs must be: one plain segment of a path. */
export const PLAIN_SEGMENT = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Fills the IDs into a path, and encodes the query.
 *
 * @param template path with the names of IDs in braces: `/v2/{projectId}/groups`
 * @param ids plain segments of a path: anything else could lead to another path, with the caller's token
 * @param query parameters and their values, which may have any characters; `null` and `undefined` are left out
 * @throws LtsFailed when an ID is no plain segment: LTS listed such an ID, or an argument lacks `@IsPlainId()`
 */
export function fill(template: string, ids: Ids, query?: Query): LtsPath {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const id = ids[name] ?? '';
    if (!PLAIN_SEGMENT.test(id)) {
      throw ownFailure('GATEWAY.INVALID_INPUT', {
        message: `This ${name} is no ID that LTS can be asked for.`,
      });
    }
    return id;
  });
  return { template, filled, query: query ? encodeQuery(query) : '', projectId: ids.projectId ?? '' };
}

/** Unlike `encodeURIComponent`, URLSearchParams does not throw where half of a surrogate pair is missing. */
function encodeQuery(query: Query): string {
  const parameters = new URLSearchParams(given(query) as Record<string, string>);
  // A plus sign is a space in forms only; in other URLs it may be read as itself.
  return parameters.size === 0 ? '' : `?${parameters.toString().replaceAll('+', '%20')}`;
}

function tagsToSend(tags: Optional<readonly NewTag[]>): object[] | undefined {
  return tags?.map(({ key, value }) => given({ key, value }));
}

/** Without the fields that were omitted, or are `null`, which counts as omitted everywhere in the public contract. */
export function given<T>(fields: Readonly<Record<string, T>>): Record<string, T & {}> {
  const entries = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(entries) as Record<string, T & {}>;
}
