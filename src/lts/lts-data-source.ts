import type { RequestContext } from '../request-context.ts';
import * as calls from './calls.ts';
import { LtsFailed, orFailed, ownFailure } from './failure.ts';
import { Lists } from './lists.ts';
import * as logCalls from './logs.ts';
import type { LtsClient } from './lts-client.ts';
import type { LtsResult } from './reply.ts';
import { isGone, SETTLE_TIMES, type SettleTimes, sayingNothingCreated, settleCreate } from './settle.ts';
import {
  asRetention,
  asTags,
  INHERITED_RETENTION,
  type ListedTags,
  type LtsLogGroup,
  type LtsLogStream,
  type NewLogGroup,
  type NewLogStream,
  type NewTag,
  type Optional,
  type Retention,
  type Tag,
} from './wire.ts';

/** What has the name that a create wanted. */
export interface Existing<T> {
  readonly item: T;
  /** For how long it has existed, by LTS's clock; `null` where LTS does not say. */
  readonly forSeconds: number | null;
  /** Whether it is as the create asked for; `null` where what LTS lists does not decide it. */
  readonly isAsAsked: boolean | null;
}

/** GraphQL's Int has 32 bits. */
const MAX_SECONDS = 2 ** 31 - 1;

/** A change of retention, of tags, or of both; LTS renames nothing. */
export interface Update {
  readonly ttlInDays?: Optional<number>;
  readonly tags?: Optional<readonly NewTag[]>;
}

export interface StreamUpdate extends Update {
  /** Whether its log group's retention applies from now on; not together with `ttlInDays`. */
  readonly followLogGroup?: Optional<boolean>;
}

/**
 * LTS for one request of an app: which calls does a field need? It remembers lists until the request's next write.
 *
 * Every method throws LtsFailed when LTS refuses, fails or cannot be reached. IDs must be plain segments of a path,
 * which the rules on arguments make sure of.
 */
export class LtsDataSource {
  readonly #client: LtsClient;
  readonly #context: RequestContext;
  readonly #times: SettleTimes;
  readonly #lists: Lists;
  /** IDs of what this request has created and deleted. */
  readonly #written = { created: new Set<string>(), deleted: new Set<string>() };

  constructor(client: LtsClient, context: RequestContext, times = SETTLE_TIMES) {
    this.#client = client;
    this.#context = context;
    this.#times = times;
    this.#lists = new Lists(client, context);
  }

  /** All of the project's. */
  logGroups(projectId: string): Promise<LtsLogGroup[]> {
    return this.#lists.read(calls.listLogGroups(projectId));
  }

  /** LTS has no call for one log group: list and pick. `null` when there is none of that ID. */
  async logGroup(projectId: string, groupId: string): Promise<LtsLogGroup | null> {
    return (await this.logGroups(projectId)).find(({ id }) => id === groupId) ?? null;
  }

  /** All of the log group's. */
  logStreams(projectId: string, groupId: string): Promise<LtsLogStream[]> {
    return this.#lists.read(calls.listLogStream(projectId, groupId));
  }

  /** LTS has no call for one log stream: list and pick. `null` when there is none of that ID. */
  async logStream(projectId: string, groupId: string, streamId: string): Promise<LtsLogStream | null> {
    return (await this.logStreams(projectId, groupId)).find(({ id }) => id === streamId) ?? null;
  }

  /** The log streams of one of many log groups that are asked for together. */
  batchedLogStreams(projectId: string, groupId: string): Promise<LtsLogStream[]> {
    return this.#lists.batchedStreams(projectId, groupId);
  }

  /**
   * The log stream of a name in the log group of a name; `null` when there is none, or no such log group. LTS's page does
   * not say whether its filters match a whole name or a part of it, and an edition may ignore them, so that names and
   * groups are compared again: in one call where no log stream has the name, else in one more to find the group, and in a
   * third where LTS does not list the groups' IDs.
   */
  async logStreamByName(projectId: string, groupName: string, name: string): Promise<LtsLogStream | null> {
    const isNamed = (stream: LtsLogStream) => stream.name === name;
    try {
      const filters = { log_group_name: groupName, log_stream_name: name };
      const streams = (await this.#lists.read(calls.listLogStreams(projectId, filters))).filter(isNamed);
      if (streams.length === 0) return null;
      const group = (await this.logGroups(projectId)).find((one) => one.name === groupName);
      if (group === undefined) return null;
      const inGroup = streams.find(({ groupId }) => groupId === group.id);
      if (inGroup || streams.every(({ groupId }) => groupId !== null)) return inGroup ?? null;
      return (await this.logStreams(projectId, group.id)).find(isNamed) ?? null;
    } catch (error) {
      if (error instanceof LtsFailed && error.failure.code === calls.GROUP_DOES_NOT_EXIST) return null;
      throw error;
    }
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
      orFailed(this.logGroup(projectId, groupId)),
      withStreams ? orFailed(this.logStreams(projectId, groupId)) : [],
    ]);
    return group instanceof LtsFailed || streams instanceof LtsFailed ? null : group;
  }

  /** One page of logs, in one call. */
  async logs(ids: logCalls.LogStreamIds, request: logCalls.LogPageRequest): Promise<logCalls.LtsLogPage> {
    return (await this.#client.read(logCalls.listLogs(ids, request), this.#context)).value;
  }

  /** A log with those around it, the oldest first, in one call. */
  async logContext(
    ids: logCalls.LogStreamIds,
    position: logCalls.LogPosition,
    before: number,
    after: number,
  ): Promise<readonly logCalls.LtsLog[]> {
    const call = logCalls.listLogContext(ids, position, before, after);
    const { value: logs } = await this.#client.read(call, this.#context);
    // LTS may have understood the sizes or not, and may not list the log itself any more.
    const index = Math.max(0, logs.findIndex(({ line }) => line === position.line) - before);
    return logs.slice(index, index + before + after + 1);
  }

  /** How many logs there are, by time, in one call. */
  async logHistogram(
    ids: logCalls.LogStreamIds,
    filter: logCalls.LogFilter,
    stepMs: number,
  ): Promise<logCalls.LtsHistogram> {
    return (await this.#client.read(logCalls.listLogHistogram(ids, filter, stepMs), this.#context)).value;
  }

  /** The log stream whose name a create wanted; `null` where the list cannot be read, or does not have it. */
  existingLogStream(
    projectId: string,
    groupId: string,
    wanted: NewLogStream,
  ): Promise<Existing<LtsLogStream> | null> {
    return this.#existing(calls.createLogStream(projectId, groupId, wanted));
  }

  /** The log group whose name a create wanted, likewise. */
  existingLogGroup(projectId: string, wanted: NewLogGroup): Promise<Existing<LtsLogGroup> | null> {
    return this.#existing(calls.createLogGroup(projectId, wanted));
  }

  /** Sends one POST at most; where its reply is lost, finds out what became of it. */
  createLogStream(projectId: string, groupId: string, stream: NewLogStream): Promise<LtsLogStream> {
    return this.#create(calls.createLogStream(projectId, groupId, stream));
  }

  /** Like createLogStream. */
  createLogGroup(projectId: string, group: NewLogGroup): Promise<LtsLogGroup> {
    return this.#create(calls.createLogGroup(projectId, group));
  }

  /**
   * Reads the log group first: LTS needs a retention with every update. LTS does not answer with the tags, so the list is
   * read once more after a change of tags.
   *
   * @returns the log group after the change
   */
  async updateLogGroup(projectId: string, groupId: string, change: Update): Promise<LtsLogGroup> {
    const group = await this.logGroup(projectId, groupId);
    if (group === null) throw ownFailure('GATEWAY.NOT_FOUND');
    const retention = change.ttlInDays ?? group.ttlInDays;
    const { value } = await this.#write(calls.updateLogGroup(projectId, groupId, retention, change.tags));
    const listNow = () => this.logGroup(projectId, groupId);
    return { ...group, ttlInDays: value ?? retention, tags: await tagsAfter(change, group, listNow) };
  }

  /**
   * Like updateLogGroup. Where LTS does not report the retention, tags alone cannot be changed: whatever was sent with them
   * as retention could delete logs. The retention -1, which stands for that of the log group, is not on the API page:
   * Huawei's Terraform provider sends it (docs/resources/lts_stream.md).
   */
  async updateLogStream(
    projectId: string,
    groupId: string,
    streamId: string,
    change: StreamUpdate,
  ): Promise<LtsLogStream> {
    const stream = await this.logStream(projectId, groupId, streamId);
    if (stream === null) throw ownFailure('GATEWAY.NOT_FOUND');
    const retention = retentionToSend(change, stream);
    const { value } = await this.#write(
      calls.updateLogStream(projectId, groupId, streamId, retention, change.tags),
    );
    const newRetention = change.followLogGroup ? retention : (value ?? retention);
    const listNow = () => this.logStream(projectId, groupId, streamId);
    return { ...stream, ...asRetention(newRetention), tags: await tagsAfter(change, stream, listNow) };
  }

  /** Where the reply is lost, finds out whether the log group is gone. */
  deleteLogGroup(projectId: string, groupId: string): Promise<void> {
    return this.#delete(calls.deleteLogGroup(projectId, groupId));
  }

  /** Like deleteLogGroup. */
  deleteLogStream(projectId: string, groupId: string, streamId: string): Promise<void> {
    return this.#delete(calls.deleteLogStream(projectId, groupId, streamId));
  }

  async #create<T extends LtsLogGroup | LtsLogStream>(call: calls.CreateCall<T>): Promise<T> {
    const sentAt = Date.now();
    const result = await orFailed(this.#write(call));
    if (!(result instanceof LtsFailed)) {
      this.#written.created.add(result.value);
      return call.asRequested(result.value, result.date ?? new Date());
    }
    const { failure } = result;
    if (failure.outcome === 'NOT_APPLIED') throw new LtsFailed(sayingNothingCreated(failure));
    const settled = await settleCreate(call, failure, sentAt, this.#search());
    if ('failure' in settled) {
      if (settled.list) this.#lists.remember(call.list, settled.list);
      throw new LtsFailed(settled.failure);
    }
    const { made } = settled;
    this.#written.created.add(made.id);
    const requested = call.asRequested(made.id, new Date());
    // Not every edition lists all of it.
    return { ...requested, ...calls.given({ ...made }), tags: made.listsTags ? made.tags : requested.tags };
  }

  async #delete(call: calls.DeleteCall): Promise<void> {
    const result = await orFailed(this.#write(call));
    if (result instanceof LtsFailed) {
      if (result.failure.outcome === 'NOT_APPLIED' || !(await isGone(call, this.#search()))) throw result;
    }
    this.#written.deleted.add(call.id);
  }

  /**
   * One POST, PUT or DELETE, sent once, and completed even if the caller has gone. Every call that changes something
   * goes through here: the lists are not valid any more.
   */
  #write<T>(call: calls.LtsCall<T>): Promise<LtsResult<T>> {
    this.#lists.forget();
    return this.#client.send(call, this.#context);
  }

  #search() {
    return { client: this.#client, context: this.#context, times: this.#times, written: this.#written };
  }

  async #existing<T extends LtsLogGroup | LtsLogStream>({
    list,
    name,
    isAsAsked,
  }: calls.CreateCall<T>): Promise<Existing<T> | null> {
    const read = await orFailed(this.#lists.readWithDate(list));
    if (read instanceof LtsFailed) return null;
    // A list that lags may still have what this request has deleted.
    const item = read.value.find((one) => one.name === name && !this.#written.deleted.has(one.id));
    if (item === undefined) return null;
    return { item, forSeconds: secondsBetween(item.createdAt, read.date), isAsAsked: isAsAsked(item) };
  }
}

/**
 * Whole seconds, rounded up. LTS's clock is cut to the second, so that what is new may seem to be from the future.
 *
 * @returns `null` where one time is not known, or they make no sense
 */
function secondsBetween(createdAt: Date | null, now: Date | null): number | null {
  if (createdAt === null || now === null) return null;
  const seconds = Math.ceil((now.getTime() - createdAt.getTime()) / 1_000);
  return seconds < 0 || seconds > MAX_SECONDS ? null : seconds;
}

/**
 * The retention to send with an update of a log stream: LTS needs one, even if only tags change.
 *
 * @param before how the log stream was listed before the update
 * @throws LtsFailed of code GATEWAY.INVALID_INPUT where neither the change nor LTS says the retention
 */
function retentionToSend({ followLogGroup, ttlInDays }: StreamUpdate, before: Retention): number {
  if (followLogGroup) return INHERITED_RETENTION;
  const retention = ttlInDays ?? (before.inheritsRetention ? INHERITED_RETENTION : before.ttlInDays);
  if (retention !== null) return retention;
  const problem = { path: ['input', 'ttlInDays'], sentences: [{ key: 'rule.retentionNeeded' } as const] };
  throw ownFailure('GATEWAY.INVALID_INPUT', { inputErrors: [problem] });
}

/**
 * The tags after an update: those that LTS lists then, or those that were sent if it lists none.
 *
 * What LTS does with the tags of an update is not documented. It once removed none (pull request 3346 of Huawei's
 * Terraform provider; 3711 says that this is fixed; since 5017 the provider sends tags by another call), and a log
 * group's tags can change those of its log streams (3346).
 *
 * @param before how the item was listed before the update
 * @param listNow reads the list anew
 */
async function tagsAfter(
  { tags }: Update,
  before: Pick<ListedTags, 'tags'>,
  listNow: () => Promise<ListedTags | null>,
): Promise<Tag[]> {
  if (!tags) return before.tags;
  const after = await orFailed(listNow());
  const isListed = after !== null && !(after instanceof LtsFailed) && after.listsTags;
  return isListed ? after.tags : asTags(tags);
}
