import DataLoader from 'dataloader';
import { type Created, LtsCaller, type LtsConnection } from './lts-caller.ts';
import type { LtsRequest } from './lts-client.ts';
import { ownFailure } from './lts-failure.ts';
import { type LtsPath, ltsPath } from './lts-path.ts';
import { asRetention, retentionInForce } from './retention.ts';
import { streamsOfGroups } from './streams-of-groups.ts';
import {
  asTags,
  type LogGroupRecord,
  type LogStreamRecord,
  type NewLogGroup,
  type NewLogStream,
  type RetentionChange,
  readLogGroups,
  readLogStreams,
  readRetention,
  writeNewLogGroup,
  writeNewLogStream,
  writeRetention,
} from './wire.ts';

/**
 * LTS as one caller sees it: made for one request, with that request's token, and never shared.
 *
 * Every method throws LtsFailure when LTS refuses, fails, or cannot be reached. IDs given to a method must be
 * plain path segments; the resolvers' validation sees to that.
 */
export class LtsDataSource {
  readonly #caller: LtsCaller;
  readonly #streamLoaders = new Map<string, DataLoader<string, LogStreamRecord[]>>();

  /**
   * @param token the caller's IAM token; with `null`, every method fails as unauthenticated
   * @param request its `gone` ends reads when the caller has gone; a write is carried to its end
   */
  constructor(connection: LtsConnection, token: string | null, request: LtsRequest) {
    this.#caller = new LtsCaller(connection, token, request);
  }

  /** ListLogGroups: all of the project's, LTS does not page them. Once for a request, however often asked. */
  logGroups(projectId: string): Promise<LogGroupRecord[]> {
    return this.#caller.read(groupsPath(projectId), readLogGroups);
  }

  /** LTS has no call for one group: list and pick. `null` when there is no such group. */
  async logGroup(projectId: string, groupId: string): Promise<LogGroupRecord | null> {
    return pick(await this.logGroups(projectId), groupId);
  }

  /** ListLogStream: all of the group's, LTS does not page them. Once for a request, however often asked. */
  logStreams(projectId: string, groupId: string): Promise<LogStreamRecord[]> {
    return this.#caller.read(streamsPath(projectId, groupId), readLogStreams);
  }

  /** LTS has no call for one log stream: list and pick. `null` when there is no such log stream. */
  async logStream(projectId: string, groupId: string, streamId: string): Promise<LogStreamRecord | null> {
    return pick(await this.logStreams(projectId, groupId), streamId);
  }

  /** The log streams of a group among many asked for at once: in as few calls to LTS as its edition allows. */
  logStreamsAmongGroups(projectId: string, groupId: string): Promise<LogStreamRecord[]> {
    const loader = this.#streamLoaders.get(projectId) ?? this.#createStreamLoader(projectId);
    this.#streamLoaders.set(projectId, loader);
    return loader.load(groupId);
  }

  /**
   * CreateLogStream. Sends one POST at most; where its answer is lost, looks up what became of it.
   *
   * @returns ID of the new log stream, and what LTS says of it where the outcome was looked up
   */
  createLogStream(
    projectId: string,
    groupId: string,
    stream: NewLogStream,
  ): Promise<Created<LogStreamRecord>> {
    const path = streamsPath(projectId, groupId);
    return this.#caller.create({
      path,
      body: writeNewLogStream(stream),
      name: stream.name,
      what: 'log stream',
      idField: 'log_stream_id',
      listPath: path,
      readList: readLogStreams,
    });
  }

  /** CreateLogGroup, like createLogStream. */
  createLogGroup(projectId: string, group: NewLogGroup): Promise<Created<LogGroupRecord>> {
    const path = groupsPath(projectId);
    return this.#caller.create({
      path,
      body: writeNewLogGroup(group),
      name: group.name,
      what: 'log group',
      idField: 'log_group_id',
      listPath: path,
      readList: readLogGroups,
    });
  }

  /**
   * UpdateLogGroup, after a read: LTS insists on a retention and does not answer with the tags. Idempotent: it
   * can be repeated after any failure.
   *
   * @returns the log group after the change
   */
  async updateLogGroup(projectId: string, groupId: string, change: RetentionChange): Promise<LogGroupRecord> {
    const group = await this.logGroup(projectId, groupId);
    if (group === null) throw ownFailure('GATEWAY.NOT_FOUND');
    const retention = change.ttlInDays ?? group.ttlInDays;
    const body = writeRetention(retention, change.tags);
    const path = groupPath(projectId, groupId);
    const { value } = await this.#caller.write({
      method: 'POST',
      path,
      body,
      read: readRetention,
    });
    return {
      ...group,
      ttlInDays: value ?? retention,
      ...(change.tags && { tags: asTags(change.tags) }),
    };
  }

  /**
   * UpdateLogStream (a PUT on `streams-ttl`), like updateLogGroup. Where LTS does not list the retention, tags alone
   * cannot be changed: whatever else was sent with them could let logs be deleted.
   */
  async updateLogStream(
    projectId: string,
    groupId: string,
    streamId: string,
    change: RetentionChange,
  ): Promise<LogStreamRecord> {
    const stream = await this.logStream(projectId, groupId, streamId);
    if (stream === null) throw ownFailure('GATEWAY.NOT_FOUND');
    const retention = change.ttlInDays ?? retentionInForce(stream);
    const body = writeRetention(retention, change.tags);
    const path = ltsPath`/v2/${{ projectId }}/groups/${{ groupId }}/streams-ttl/${{ streamId }}`;
    const { value } = await this.#caller.write({ method: 'PUT', path, body, read: readRetention });
    return {
      ...stream,
      ...asRetention(value ?? retention),
      ...(change.tags && { tags: asTags(change.tags) }),
    };
  }

  /** DeleteLogGroup. Where the answer is lost and the group is not there any more, it counts as deleted. */
  deleteLogGroup(projectId: string, groupId: string): Promise<void> {
    return this.#caller.delete(groupPath(projectId, groupId), groupsPath(projectId), (body) =>
      readLogGroups(body).some(({ id }) => id === groupId),
    );
  }

  /** DeleteLogStream, like deleteLogGroup. */
  deleteLogStream(projectId: string, groupId: string, streamId: string): Promise<void> {
    const path = ltsPath`/v2/${{ projectId }}/groups/${{ groupId }}/streams/${{ streamId }}`;
    return this.#caller.delete(path, streamsPath(projectId, groupId), (body) =>
      readLogStreams(body).some(({ id }) => id === streamId),
    );
  }

  #createStreamLoader(projectId: string): DataLoader<string, LogStreamRecord[]> {
    const lists = {
      ofProject: () => this.#caller.read(ltsPath`/v2/${{ projectId }}/log-streams`, readLogStreams),
      ofGroup: (groupId: string) => this.logStreams(projectId, groupId),
    };
    // It only gathers: the lists themselves are remembered, and forgotten on a write, by the caller.
    return new DataLoader<string, LogStreamRecord[]>(
      async (wanted) => {
        const groupIds = [...new Set(wanted)];
        const results = await streamsOfGroups(groupIds, lists);
        return wanted.map((id) => results.get(id) ?? []);
      },
      { cache: false },
    );
  }
}

const groupsPath = (projectId: string): LtsPath => ltsPath`/v2/${{ projectId }}/groups`;
const groupPath = (projectId: string, groupId: string): LtsPath =>
  ltsPath`/v2/${{ projectId }}/groups/${{ groupId }}`;
const streamsPath = (projectId: string, groupId: string): LtsPath =>
  ltsPath`/v2/${{ projectId }}/groups/${{ groupId }}/streams`;

function pick<T extends { id: string }>(items: readonly T[], id: string): T | null {
  return items.find((item) => item.id === id) ?? null;
}
