import type { FastifyReply } from 'fastify';
import { EDITIONS, type Edition } from './editions.ts';
import { LtsApiError, type LtsErrorCode } from './errors.ts';
import {
  type ContextQuery,
  contextOf,
  type HistogramQuery,
  histogramOf,
  type LogsQuery,
  queryLogs,
} from './log-queries.ts';
import {
  type LtsStore,
  type NewGroup,
  type NewStream,
  QUOTA,
  replaceTags,
  type StoredGroup,
  type StoredStream,
  type Tag,
} from './store.ts';

export const OPERATION_IDS = [
  'ListLogGroups',
  'CreateLogGroup',
  'UpdateLogGroup',
  'DeleteLogGroup',
  'ListLogStreams',
  'ListLogStream',
  'CreateLogStream',
  'UpdateLogStream',
  'DeleteLogStream',
  'ListLogs',
  'ListLogHistogram',
  'ListLogContext',
] as const;
export type OperationId = (typeof OPERATION_IDS)[number];

/** What the contract says of an operation. */
export interface Operation {
  readonly operationId: OperationId;
  /** The error codes of status 401 and 500 on its API page, and the message of the latter if it has one of its own. */
  readonly 'x-errors': {
    readonly unauthenticated: LtsErrorCode;
    readonly failed: LtsErrorCode;
    readonly failedMessage?: string;
  };
}

interface Path {
  readonly project_id: string;
  readonly log_group_id: string;
  readonly log_stream_id: string;
}

/** The part of a request, already validated against the contract, that operations read. */
export interface OperationRequest {
  readonly params: Path;
  readonly query: { enterprise_project_id?: string; log_group_name?: string; log_stream_name?: string };
  readonly body: unknown;
}

type OperationHandler = (request: OperationRequest, reply: FastifyReply) => unknown;

/** The handlers of the contract's operations. */
export function createOperations(store: LtsStore): Record<OperationId, OperationHandler> {
  return {
    ListLogGroups() {
      const groups = store.listedGroups();
      return { log_groups: groups.map(({ streams, ...group }) => listEntry(store, 'ListLogGroups', group)) };
    },

    CreateLogGroup(request, reply) {
      const body = request.body as NewGroup;
      checkBody(store, body);
      for (const group of store.groups.values()) {
        if (group.log_group_name === body.log_group_name) throw new LtsApiError('LTS.0101');
      }
      if (store.groups.size >= QUOTA) throw new LtsApiError('LTS.0104');
      reply.code(201);
      return { log_group_id: store.addGroup({ ...request.query, ...body }).log_group_id };
    },

    UpdateLogGroup(request) {
      const body = request.body as Pick<NewGroup, 'ttl_in_days' | 'tags'>;
      checkBody(store, body);
      const group = findGroup(store, request.params);
      group.ttl_in_days = body.ttl_in_days;
      if (body.tags) replaceTags(group, body.tags);
      const { creation_time, log_group_name, log_group_id, ttl_in_days } = group;
      return { creation_time, log_group_name, log_group_id, ttl_in_days };
    },

    DeleteLogGroup(request, reply) {
      const group = findGroup(store, request.params);
      if (store.inTransfer.has(group.log_group_id)) throw new LtsApiError('LTS.0105');
      store.deleteGroup(group);
      reply.code(204);
    },

    ListLogStreams({ query: { log_group_name, log_stream_name } }) {
      return {
        log_streams: [...store.groups.values()]
          .filter((group) => log_group_name === undefined || group.log_group_name === log_group_name)
          .flatMap((group) => listStreams(store, 'ListLogStreams', group))
          .filter((stream) => log_stream_name === undefined || stream.log_stream_name === log_stream_name),
      };
    },

    ListLogStream(request) {
      return { log_streams: listStreams(store, 'ListLogStream', findGroup(store, request.params)) };
    },

    CreateLogStream(request, reply) {
      const body = request.body as NewStream;
      checkBody(store, body);
      const group = findGroup(store, request.params);
      for (const stream of group.streams.values()) {
        if (stream.log_stream_name === body.log_stream_name) throw new LtsApiError('LTS.0205');
      }
      if (group.streams.size >= QUOTA) throw new LtsApiError('LTS.0206');
      reply.code(201);
      return { log_stream_id: store.addStream(group, body).log_stream_id };
    },

    UpdateLogStream(request) {
      const body = request.body as StreamUpdate;
      checkBody(store, body);
      const stream = findStream(findGroup(store, request.params), request.params);
      stream.ttl_in_days = body.ttl_in_days;
      stream.whether_log_storage = body.whether_log_storage ?? stream.whether_log_storage;
      if (body.tags) replaceTags(stream, body.tags);
      return {
        creation_time: stream.creation_time,
        log_topic_name: stream.log_stream_name,
        log_topic_id: stream.log_stream_id,
        ttl_in_days: stream.ttl_in_days,
      };
    },

    DeleteLogStream(request, reply) {
      const group = findGroup(store, request.params);
      const stream = findStream(group, request.params);
      if (store.inTransfer.has(stream.log_stream_id)) throw new LtsApiError('LTS.0207');
      store.deleteStream(group, stream);
      reply.code(204);
    },

    ListLogs(request) {
      const body = request.body as LogsQuery;
      refuseUnknown(store, body);
      const { log_stream_id } = findStream(findGroup(store, request.params), request.params);
      if (!store.takeLogRead(log_stream_id)) throw new LtsApiError('APIGW.0308');
      return queryLogs(store.logsOf(log_stream_id), body);
    },

    ListLogHistogram(request) {
      const body = request.body as HistogramQuery;
      const group = findGroup(store, { log_group_id: body.group_id });
      const { log_stream_id } = findStream(group, { log_stream_id: body.stream_id });
      const { count, histogram } = histogramOf(store.logsOf(log_stream_id), body);
      const isText = EDITIONS[store.edition].histogramIsText;
      return { count, histogram: isText ? JSON.stringify(histogram) : histogram, isQueryComplete: true };
    },

    ListLogContext(request) {
      const { log_stream_id } = findStream(findGroup(store, request.params), request.params);
      return contextOf(store.logsOf(log_stream_id), request.body as ContextQuery);
    },
  };
}

interface StreamUpdate {
  ttl_in_days: number;
  tags?: Tag[];
  whether_log_storage?: boolean;
}

function findGroup(store: LtsStore, { log_group_id }: Pick<Path, 'log_group_id'>): StoredGroup {
  const group = store.groups.get(log_group_id);
  if (group === undefined) throw new LtsApiError('LTS.0201');
  return group;
}

function findStream(group: StoredGroup, { log_stream_id }: Pick<Path, 'log_stream_id'>): StoredStream {
  const stream = group.streams.get(log_stream_id);
  if (stream === undefined) throw new LtsApiError('LTS.0208');
  return stream;
}

/** @throws LtsApiError when the edition does not know a property of the body */
function refuseUnknown({ edition }: LtsStore, body: object): void {
  const { unqueried } = EDITIONS[edition];
  if (Object.keys(body).some((name) => unqueried.includes(name))) throw new LtsApiError('LTS.0009');
}

/** Checks what the contract cannot: that tag keys are unique, and what the edition refuses. */
function checkBody({ edition }: LtsStore, body: Partial<StreamUpdate>): void {
  const { acceptsInheritedRetention, acceptsLogStorage, requiresTagValues } = EDITIONS[edition];
  const tags = body.tags ?? [];
  const isWrong =
    new Set(tags.map(({ key }) => key)).size < tags.length ||
    (requiresTagValues && tags.some(({ value }) => value === undefined)) ||
    (!acceptsInheritedRetention && body.ttl_in_days === -1) ||
    (!acceptsLogStorage && body.whether_log_storage !== undefined);
  if (isWrong) throw new LtsApiError('LTS.0009');
}

function listStreams(store: LtsStore, list: 'ListLogStream' | 'ListLogStreams', group: StoredGroup) {
  return store.listedStreams(group).map((stream) =>
    listEntry(store, list, {
      ...stream,
      log_group_id: group.log_group_id,
      filter_count: 0,
      is_favorite: false,
    }),
  );
}

function listEntry<T extends object>({ edition }: LtsStore, list: keyof Edition['unlisted'], item: T): T {
  const unlisted = EDITIONS[edition].unlisted[list];
  return Object.fromEntries(Object.entries(item).filter(([name]) => !unlisted.includes(name))) as T;
}
