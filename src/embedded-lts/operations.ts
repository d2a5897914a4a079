import type { FastifyReply, FastifyRequest } from 'fastify';
import { LtsApiError, type LtsErrorCode } from './errors.ts';
import {
  type LtsStore,
  type NewGroup,
  type NewStream,
  QUOTA,
  type StoredGroup,
  type StoredStream,
  type Tag,
  toTagMap,
} from './store.ts';

/** The part of a request, already validated against the contract, that operations read. */
export interface OperationRequest {
  readonly params: { project_id: string; log_group_id: string; log_stream_id: string };
  readonly query: { log_group_name?: string; log_stream_name?: string; enterprise_project_id?: string };
  readonly body: unknown;
}

type OperationHandler = (request: OperationRequest, reply: FastifyReply) => unknown;

/** Tokens that make every call fail, to see how an app handles it. Any other token works. */
export const RESERVED_TOKENS = { expired: 'expired', forbidden: 'forbidden', broken: 'broken' } as const;

interface OperationErrors {
  readonly unauthenticated: LtsErrorCode;
  readonly failed: LtsErrorCode;
}

/** The error codes of status 401 and 500 on each operation's API page. */
const OPERATION_ERRORS = {
  ListLogGroups: { unauthenticated: 'LTS.0003', failed: 'LTS.0010' },
  CreateLogGroup: { unauthenticated: 'LTS.0003', failed: 'LTS.0102' },
  UpdateLogGroup: { unauthenticated: 'LTS.0414', failed: 'LTS.0102' },
  DeleteLogGroup: { unauthenticated: 'LTS.0003', failed: 'LTS.0103' },
  ListLogStreams: { unauthenticated: 'LTS.0003', failed: 'LTS.0010' },
  ListLogStream: { unauthenticated: 'LTS.0003', failed: 'LTS.0010' },
  CreateLogStream: { unauthenticated: 'LTS.0003', failed: 'LTS.0202' },
  UpdateLogStream: { unauthenticated: 'LTS.0414', failed: 'LTS.0204' },
  DeleteLogStream: { unauthenticated: 'LTS.0003', failed: 'LTS.0203' },
} as const satisfies Record<string, OperationErrors>;

export type OperationId = keyof typeof OPERATION_ERRORS;

export const OPERATION_IDS = Object.keys(OPERATION_ERRORS);

/**
 * Checks the token, then the project, before the body is read.
 *
 * @throws LtsApiError as the operation's API page documents
 */
export function authorize(store: LtsStore, operationId: OperationId, request: FastifyRequest): void {
  const errors = OPERATION_ERRORS[operationId];
  const { project_id } = request.params as OperationRequest['params'];
  const token = request.headers['x-auth-token'];
  if (token === RESERVED_TOKENS.expired) throw new LtsApiError(errors.unauthenticated);
  if (token === RESERVED_TOKENS.forbidden || !store.isProject(project_id)) throw new LtsApiError('LTS.0001');
  if (token === RESERVED_TOKENS.broken) throw new LtsApiError(errors.failed);
}

/** The handlers of the contract's operations. */
export function createOperations(store: LtsStore): Record<OperationId, OperationHandler> {
  return {
    ListLogGroups() {
      return { log_groups: [...store.groups.values()] };
    },

    CreateLogGroup(request, reply) {
      const body = request.body as NewGroup;
      checkTags(body.tags);
      for (const group of store.groups.values()) {
        if (group.log_group_name === body.log_group_name) throw new LtsApiError('LTS.0101');
      }
      if (store.groups.size >= QUOTA) throw new LtsApiError('LTS.0104');
      reply.code(201);
      const group = store.addGroup(body);
      group.tag._sys_enterprise_project_id = request.query.enterprise_project_id ?? '0';
      return { log_group_id: group.log_group_id };
    },

    UpdateLogGroup(request) {
      const body = request.body as Pick<NewGroup, 'ttl_in_days' | 'tags'>;
      checkTags(body.tags);
      const group = findGroup(store, request);
      group.ttl_in_days = body.ttl_in_days;
      if (body.tags) group.tag = toTagMap(body.tags);
      return group;
    },

    DeleteLogGroup(request, reply) {
      const group = findGroup(store, request);
      if (store.inTransfer.has(group.log_group_id)) throw new LtsApiError('LTS.0105');
      store.groups.delete(group.log_group_id);
      reply.code(204);
    },

    ListLogStreams({ query: { log_group_name, log_stream_name } }) {
      const groups = [...store.groups.values()].filter((group) =>
        isName(group.log_group_name, log_group_name),
      );
      return {
        log_streams: groups.flatMap((group) =>
          [...group.streams.values()]
            .filter((stream) => isName(stream.log_stream_name, log_stream_name))
            .map((stream) => ({
              ...toListEntry(store, stream),
              ...(store.listsGroupIds && { log_group_id: group.log_group_id }),
            })),
        ),
      };
    },

    ListLogStream(request) {
      return {
        log_streams: [...findGroup(store, request).streams.values()].map((stream) =>
          toListEntry(store, stream),
        ),
      };
    },

    CreateLogStream(request, reply) {
      const body = request.body as NewStream;
      checkTags(body.tags);
      const group = findGroup(store, request);
      for (const stream of group.streams.values()) {
        if (stream.log_stream_name === body.log_stream_name) throw new LtsApiError('LTS.0205');
      }
      if (group.streams.size >= QUOTA) throw new LtsApiError('LTS.0206');
      reply.code(201);
      return { log_stream_id: store.addStream(group, body).log_stream_id };
    },

    UpdateLogStream(request) {
      const body = request.body as { ttl_in_days: number; tags?: Tag[] };
      checkTags(body.tags);
      const stream = findStream(findGroup(store, request), request);
      stream.ttl_in_days = body.ttl_in_days;
      if (body.tags) stream.tag = toTagMap(body.tags);
      return {
        creation_time: stream.creation_time,
        log_topic_name: stream.log_stream_name,
        log_topic_id: stream.log_stream_id,
        ttl_in_days: stream.ttl_in_days,
      };
    },

    DeleteLogStream(request, reply) {
      const group = findGroup(store, request);
      const stream = findStream(group, request);
      if (store.inTransfer.has(stream.log_stream_id)) throw new LtsApiError('LTS.0207');
      group.streams.delete(stream.log_stream_id);
      reply.code(204);
    },
  };
}

const isName = (name: string, filter: string | undefined) => filter === undefined || filter === name;

function findGroup(store: LtsStore, request: OperationRequest): StoredGroup {
  const group = store.groups.get(request.params.log_group_id);
  if (group === undefined) throw new LtsApiError('LTS.0201');
  return group;
}

function findStream(group: StoredGroup, request: OperationRequest): StoredStream {
  const stream = group.streams.get(request.params.log_stream_id);
  if (stream === undefined) throw new LtsApiError('LTS.0208');
  return stream;
}

/** JSON Schema cannot require unique keys. */
function checkTags(tags: Tag[] = []): void {
  if (new Set(tags.map(({ key }) => key)).size < tags.length) throw new LtsApiError('LTS.0009');
}

function toListEntry({ listsRetention }: LtsStore, { ttl_in_days, ...stream }: StoredStream) {
  const retention = listsRetention ? { ttl_in_days } : {};
  return { ...stream, ...retention, filter_count: 0, is_favorite: false, whether_log_storage: true };
}
