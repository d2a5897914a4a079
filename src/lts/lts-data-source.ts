import { setTimeout as sleep } from 'node:timers/promises';
import DataLoader from 'dataloader';
import type { RequestContext } from '../telemetry/request-context.ts';
import { LtsErrorKind } from './failure-kinds.ts';
import { findLogStreamByName } from './log-stream-by-name.ts';
import { type LtsCall, type LtsClient, type LtsResult } from './lts-client.ts';
import { type ExistingItem, GROUP_DOES_NOT_EXIST, LtsFailure, orFailure, ownFailure } from './lts-failure.ts';
import { type LtsPath, ltsPath } from './lts-path.ts';
import {
  NOTHING_CREATED,
  RECONCILE_TIMES,
  type ReconcileTimes,
  reconcileCreate,
} from './reconcile-create.ts';
import { streamsOfGroups } from './streams-of-groups.ts';
import { retentionToSend, tagsAfter } from './updates.ts';
import {
  asRetention,
  type LtsLogGroup,
  type LtsLogStream,
  type LtsStreamUpdate,
  type LtsUpdate,
  type NewLogGroup,
  type NewLogStream,
  readCreatedId,
  readLogGroups,
  readLogStreams,
  readRetention,
  writeNewLogGroup,
  writeNewLogStream,
  writeUpdate,
} from './wire.ts';

export interface Created<T> {
  readonly id: string;
  /** When LTS confirmed it: by LTS's clock, to the second, where it said the time. */
  readonly confirmedAt: Date;
  /** How LTS lists it, where the outcome had to be looked up; else `null`. */
  readonly listed: T | null;
}

/** A create, with what is needed to find out what became of it. */
interface Create<T> {
  /** Of the POST. */
  readonly path: LtsPath;
  /** Of the list in which the new item will be. */
  readonly listPath: LtsPath;
  readonly body: Record<string, unknown>;
  readonly name: string;
  readonly idField: 'log_stream_id' | 'log_group_id';
  readonly readList: (body: unknown) => T[];
  /** What is created, for messages. */
  readonly what: 'logStream' | 'logGroup';
  readonly asExisting: (read: () => Promise<T | null>) => ExistingItem;
  readonly notAppliedCode: string;
}

/**
 * LTS for one request of an app: which LTS operation, with which path and body. It remembers lists until the request's
 * next write.
 *
 * Every method throws LtsFailure when LTS refuses, fails or cannot be reached. IDs must be plain segments of a path,
 * which the rules on arguments make sure of.
 */
export class LtsDataSource {
  readonly #client: LtsClient;
  readonly #context: RequestContext;
  readonly #reconcileTimes: ReconcileTimes;
  readonly #lists = new Map<string, Promise<unknown>>();
  /** Of what this request has created. */
  readonly #createdIds = new Set<string>();
  readonly #streamLoaders = new Map<string, DataLoader<string, LtsLogStream[]>>();

  constructor(client: LtsClient, context: RequestContext, reconcileTimes = RECONCILE_TIMES) {
    this.#client = client;
    this.#context = context;
    this.#reconcileTimes = reconcileTimes;
  }

  /** ListLogGroups: all of the project's; LTS does not page them. */
  logGroups(projectId: string): Promise<LtsLogGroup[]> {
    return this.#list(groupsPath(projectId), readLogGroups);
  }

  /** LTS has no call for one log group: list and pick. `null` when there is none of that ID. */
  async logGroup(projectId: string, groupId: string): Promise<LtsLogGroup | null> {
    return pick(await this.logGroups(projectId), groupId);
  }

  /** ListLogStream: all of the group's; LTS does not page them. */
  logStreams(projectId: string, groupId: string): Promise<LtsLogStream[]> {
    return this.#list(streamsPath(projectId, groupId), readLogStreams);
  }

  /** LTS has no call for one log stream: list and pick. `null` when there is none of that ID. */
  async logStream(projectId: string, groupId: string, streamId: string): Promise<LtsLogStream | null> {
    return pick(await this.logStreams(projectId, groupId), streamId);
  }

  /** The log streams of one of many log groups that are asked for together: in as few calls as LTS allows. */
  logStreamsAmongGroups(projectId: string, groupId: string): Promise<LtsLogStream[]> {
    const loader = this.#streamLoaders.get(projectId) ?? this.#createStreamLoader(projectId);
    this.#streamLoaders.set(projectId, loader);
    return loader.load(groupId);
  }

  /**
   * The log stream of a name in the log group of a name, by the filters of ListLogStreams. `null` when there is none, or
   * no such log group.
   */
  logStreamByName(projectId: string, groupName: string, name: string): Promise<LtsLogStream | null> {
    const filters = { log_group_name: groupName, log_stream_name: name };
    return findLogStreamByName(groupName, name, {
      ofNames: () => this.#list(projectStreamsPath(projectId, filters), readLogStreams),
      groups: () => this.logGroups(projectId),
      ofGroup: (groupId) => this.logStreams(projectId, groupId),
    });
  }

  /**
   * A log group, for the answer to a write in it, which must not fail because of what is read after it.
   *
   * @param withStreams whether its log streams are needed as well; they are read at the same time
   * @returns `null` when there is none of that ID, or when one of the lists cannot be read
   */
  async logGroupAfterWrite(
    projectId: string,
    groupId: string,
    withStreams: boolean,
  ): Promise<LtsLogGroup | null> {
    const [group, streams] = await Promise.all([
      orFailure(this.logGroup(projectId, groupId)),
      withStreams ? orFailure(this.logStreams(projectId, groupId)) : [],
    ]);
    return group instanceof LtsFailure || streams instanceof LtsFailure ? null : group;
  }

  /** CreateLogStream. Sends one POST at most; where its reply is lost, finds out what became of it. */
  createLogStream(projectId: string, groupId: string, stream: NewLogStream): Promise<Created<LtsLogStream>> {
    const path = streamsPath(projectId, groupId);
    return this.#create({
      path,
      listPath: path,
      body: writeNewLogStream(stream),
      name: stream.name,
      idField: 'log_stream_id',
      readList: readLogStreams,
      what: 'logStream',
      asExisting: (logStream) => ({ logStream }),
      notAppliedCode: 'LTS.0202', // "Failed to create Log stream"
    });
  }

  /** CreateLogGroup, like createLogStream. */
  createLogGroup(projectId: string, group: NewLogGroup): Promise<Created<LtsLogGroup>> {
    return this.#create({
      path: groupsPath(projectId, { enterprise_project_id: group.enterpriseProjectId }),
      listPath: groupsPath(projectId),
      body: writeNewLogGroup(group),
      name: group.name,
      idField: 'log_group_id',
      readList: readLogGroups,
      what: 'logGroup',
      asExisting: (logGroup) => ({ logGroup }),
      notAppliedCode: 'LTS.0102', // "Failed to create log group"
    });
  }

  /**
   * UpdateLogGroup, after a read: LTS needs a retention with every update. It does not answer with the tags, so the list
   * is read once more after a change of tags.
   *
   * @returns the log group after the change
   */
  async updateLogGroup(projectId: string, groupId: string, change: LtsUpdate): Promise<LtsLogGroup> {
    const group = await this.logGroup(projectId, groupId);
    if (group === null) throw ownFailure('GATEWAY.NOT_FOUND');
    const retention = change.ttlInDays ?? group.ttlInDays;
    const body = writeUpdate(retention, change.tags);
    const path = groupPath(projectId, groupId);
    const call = { method: 'POST', path, body, idempotent: true, read: readRetention } as const;
    const ttlInDays = (await this.#write(call)).value ?? retention;
    const listNow = () => this.logGroup(projectId, groupId);
    return { ...group, ttlInDays, tags: await tagsAfter(change, group, listNow) };
  }

  /**
   * UpdateLogStream (a PUT on `streams-ttl`), like updateLogGroup. Where LTS does not report the retention, tags alone
   * cannot be changed: whatever was sent with them as retention could delete logs. The retention -1, which stands for
   * that of the log group, is not on the API page: Huawei's Terraform provider sends it (docs/resources/lts_stream.md).
   */
  async updateLogStream(
    projectId: string,
    groupId: string,
    streamId: string,
    change: LtsStreamUpdate,
  ): Promise<LtsLogStream> {
    const stream = await this.logStream(projectId, groupId, streamId);
    if (stream === null) throw ownFailure('GATEWAY.NOT_FOUND');
    const retention = retentionToSend(change, stream);
    const body = writeUpdate(retention, change.tags);
    const ids = { projectId, groupId, streamId };
    const path = ltsPath('/v2/{projectId}/groups/{groupId}/streams-ttl/{streamId}', ids);
    const call = { method: 'PUT', path, body, idempotent: true, read: readRetention } as const;
    const answered = (await this.#write(call)).value;
    const newRetention = change.followLogGroup ? retention : (answered ?? retention);
    const listNow = () => this.logStream(projectId, groupId, streamId);
    return { ...stream, ...asRetention(newRetention), tags: await tagsAfter(change, stream, listNow) };
  }

  /**
   * DeleteLogGroup. Where the reply is lost and the log group is not in its list `missingAfterMs` later, it counts as
   * deleted. An earlier list would prove nothing: LTS may list a new log group late, or still be at work.
   */
  deleteLogGroup(projectId: string, groupId: string): Promise<void> {
    return this.#delete(groupPath(projectId, groupId), groupId, groupsPath(projectId), readLogGroups);
  }

  /** DeleteLogStream, like deleteLogGroup. */
  deleteLogStream(projectId: string, groupId: string, streamId: string): Promise<void> {
    const ids = { projectId, groupId, streamId };
    const path = ltsPath('/v2/{projectId}/groups/{groupId}/streams/{streamId}', ids);
    return this.#delete(path, streamId, streamsPath(projectId, groupId), readLogStreams);
  }

  /** A list, read once for the request until it writes. */
  #list<T>(path: LtsPath, read: (body: unknown) => T[]): Promise<T[]> {
    const key = `${path.filled}${path.query}`;
    const known = this.#lists.get(key) as Promise<T[]> | undefined;
    const list = known ?? this.#client.get(path, read, this.#context);
    this.#lists.set(key, list);
    return list;
  }

  /**
   * One POST, PUT or DELETE, sent once, and completed even if the caller has gone. Every call that changes something
   * goes through here: the lists are not valid any more.
   */
  #write<T>(call: LtsCall<T>): Promise<LtsResult<T>> {
    this.#lists.clear();
    return this.#client.send(call, this.#context);
  }

  async #create<T extends { id: string; name: string; createdAt: Date | null }>(
    create: Create<T>,
  ): Promise<Created<T>> {
    const { path, listPath, body, idField, readList, notAppliedCode } = create;
    const startedAt = Date.now();
    const read = (created: unknown) => readCreatedId(created, idField);
    const call = { method: 'POST', path, body, idempotent: false, notAppliedCode, read } as const;
    try {
      const { value, date } = await this.#write(call);
      this.#createdIds.add(value);
      return { id: value, confirmedAt: date ?? new Date(), listed: null };
    } catch (failure) {
      if (!(failure instanceof LtsFailure)) throw failure;
      if (failure.mayHaveTakenEffect) {
        const list = (timeoutMs: number) => this.#listNow(listPath, readList, timeoutMs);
        const times = this.#reconcileTimes;
        const idsOfOthers = this.#createdIds;
        const listed = await reconcileCreate({ ...create, failure, startedAt, times, list, idsOfOthers });
        this.#createdIds.add(listed.id);
        return { id: listed.id, confirmedAt: new Date(), listed };
      }
      if (failure.kind === LtsErrorKind.ALREADY_EXISTS)
        throw failure.with({ existing: create.asExisting(() => this.#findByName(create)) });
      // Where LTS has replied, its own message says so.
      const hasReply = failure.httpStatus !== null;
      throw hasReply || !failure.isRetryable
        ? failure
        : failure.withOutcome({ key: 'outcome.nothingCreated' }, NOTHING_CREATED);
    }
  }

  async #findByName<T extends { name: string }>({ listPath, readList, name }: Create<T>): Promise<T | null> {
    const list = await orFailure(this.#list(listPath, readList));
    return list instanceof LtsFailure ? null : (list.find((item) => item.name === name) ?? null);
  }

  async #delete(
    path: LtsPath,
    id: string,
    listPath: LtsPath,
    readList: (body: unknown) => { id: string }[],
  ): Promise<void> {
    try {
      await this.#write({ method: 'DELETE', path, idempotent: true, read: () => undefined });
    } catch (failure) {
      if (!(failure instanceof LtsFailure && failure.mayHaveTakenEffect)) throw failure;
      await sleep(this.#reconcileTimes.missingAfterMs);
      if (await this.#mayBeListed(id, listPath, readList)) throw failure;
    }
  }

  async #mayBeListed(
    id: string,
    path: LtsPath,
    readList: (body: unknown) => { id: string }[],
  ): Promise<boolean> {
    try {
      const { items } = await this.#listNow(path, readList, this.#reconcileTimes.lastListMs);
      return pick(items, id) !== null;
    } catch (failure) {
      if (!(failure instanceof LtsFailure)) throw failure;
      return failure.code !== GROUP_DOES_NOT_EXIST;
    }
  }

  /** A list as it is now, read once, whether or not the caller has gone. */
  async #listNow<T>(path: LtsPath, read: (body: unknown) => T[], timeoutMs: number) {
    const call = { method: 'GET', path, idempotent: true, read } as const;
    const { value, date } = await this.#client.send(call, this.#context, { timeoutMs });
    return { items: value, date };
  }

  #createStreamLoader(projectId: string): DataLoader<string, LtsLogStream[]> {
    const lists = {
      ofProject: () => this.#list(projectStreamsPath(projectId), readLogStreams),
      ofGroup: async (groupId: string) => this.logStreams(projectId, groupId),
    };
    // Without a cache of its own: `#list` remembers, and forgets on a write.
    return new DataLoader<string, LtsLogStream[]>(
      async (wanted) => {
        const groupIds = [...new Set(wanted)];
        const results = await streamsOfGroups(groupIds, lists);
        return wanted.map((id) => results.get(id) ?? []);
      },
      { cache: false },
    );
  }
}

type Query = Parameters<typeof ltsPath>[2];

const groupsPath = (projectId: string, query?: Query): LtsPath =>
  ltsPath('/v2/{projectId}/groups', { projectId }, query);
const projectStreamsPath = (projectId: string, query?: Query): LtsPath =>
  ltsPath('/v2/{projectId}/log-streams', { projectId }, query);
const groupPath = (projectId: string, groupId: string): LtsPath =>
  ltsPath('/v2/{projectId}/groups/{groupId}', { projectId, groupId });
const streamsPath = (projectId: string, groupId: string): LtsPath =>
  ltsPath('/v2/{projectId}/groups/{groupId}/streams', { projectId, groupId });

function pick<T extends { id: string }>(items: readonly T[], id: string): T | null {
  return items.find((item) => item.id === id) ?? null;
}
