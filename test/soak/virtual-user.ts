import { setTimeout as sleep } from 'node:timers/promises';
import { DEMO, type StoredGroup } from '../../src/embedded-lts/store.ts';
import { ConsistencyChecker } from './consistency-checker.ts';
import {
  CREATE_LOG_STREAM,
  DELETE_LOG_STREAM,
  type ListedGroup,
  type ListedStream,
  LOG_GROUPS_WITH_STREAMS,
  LOG_STREAMS,
  type MutationResult,
  parseResponse,
} from './graphql-operations.ts';
import { type HttpClient, NoResponseError } from './http-client.ts';
import type { RequestStats } from './request-stats.ts';

/** Log streams after which a user only deletes: fewer than the quota of 100, and lists stay short. */
const MAX_STREAMS = 8;

/** A user with a log group of their own, who sends random requests one after the other. */
export class VirtualUser {
  readonly #checker: ConsistencyChecker;
  readonly #client: HttpClient;
  readonly #group: StoredGroup;
  #created = 0;

  constructor(client: HttpClient, group: StoredGroup) {
    this.#checker = new ConsistencyChecker(group);
    this.#client = client;
    this.#group = group;
  }

  /** Sends at most one request every `intervalMs`, beginning at a random moment, until `isOver`. */
  async run(intervalMs: number, stats: RequestStats, isOver: () => boolean): Promise<void> {
    await sleep(Math.random() * intervalMs);
    while (!isOver()) {
      const startedAt = performance.now();
      await this.#sendRandomRequest(stats);
      await sleep(Math.max(0, startedAt + intervalMs - performance.now()));
    }
  }

  /** Call it when LTS has finished all operations. */
  findMismatches(): readonly string[] {
    this.#checker.checkFinalState();
    return this.#checker.mismatches;
  }

  #sendRandomRequest(stats: RequestStats): Promise<void> {
    const random = Math.random();
    if (this.#checker.size >= MAX_STREAMS || random < 0.1) return this.#delete(stats);
    if (random < 0.25) return this.#list(stats);
    if (random < 0.28) return this.#listAll(stats);
    const takenName = random < 0.33 ? this.#checker.anyTakenName() : undefined;
    return this.#create(stats, takenName);
  }

  async #create(stats: RequestStats, takenName: string | undefined): Promise<void> {
    this.#created += 1;
    const name = takenName ?? `${this.#group.log_group_name}-${this.#created}`;
    const variables = { input: { name, ttlInDays: 7 } };
    const result = await this.#send<MutationResult>(stats, CREATE_LOG_STREAM, variables);
    if (result) this.#checker.checkCreate({ name, isTaken: takenName !== undefined }, result);
  }

  async #delete(stats: RequestStats): Promise<void> {
    const streamId = this.#checker.takeForDelete();
    if (streamId === undefined) return this.#list(stats);
    const result = await this.#send<MutationResult>(stats, DELETE_LOG_STREAM, { streamId });
    if (result) this.#checker.checkDelete(streamId, result);
  }

  async #list(stats: RequestStats): Promise<void> {
    const list = await this.#send<ListedStream[]>(stats, LOG_STREAMS, {});
    if (list) this.#checker.checkList(list);
  }

  async #listAll(stats: RequestStats): Promise<void> {
    const groups = await this.#send<ListedGroup[]>(stats, LOG_GROUPS_WITH_STREAMS, {});
    const own = groups?.find(({ id }) => id === this.#group.log_group_id);
    if (groups && !own) {
      this.#checker.mismatches.push(`told: a list without ${this.#group.log_group_name}`);
    }
    if (own?.logStreams) this.#checker.checkList(own.logStreams);
  }

  /** @returns `null` where there is nothing to check: no response, or one without data */
  async #send<T>(stats: RequestStats, query: string, ownVariables: object): Promise<T | null> {
    const variables = { projectId: DEMO.projectId, groupId: this.#group.log_group_id, ...ownVariables };
    const sentAt = performance.now();
    stats.requests += 1;
    try {
      const headers = { 'x-auth-token': `token-of-${this.#group.log_group_name}` };
      const response = await this.#client.post(JSON.stringify({ query, variables }), headers);
      const { result, failure } = parseResponse<T>(response);
      stats.recordResponse(performance.now() - sentAt, failure);
      return result;
    } catch (error) {
      if (error instanceof NoResponseError) stats.unanswered += 1;
      else this.#checker.mismatches.push(`told: what cannot be read (${error})`);
      return null;
    }
  }
}
