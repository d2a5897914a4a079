import { setTimeout as sleep } from 'node:timers/promises';
import { DEMO, type StoredGroup } from '../../src/embedded-lts/store.ts';
import { type Client, Unanswered } from './client.ts';
import { Ledger } from './ledger.ts';
import {
  CREATE,
  DELETE,
  LIST,
  LIST_ALL,
  type ListedGroup,
  type ListedStream,
  type Outcome,
  readAnswer,
} from './operations.ts';
import type { Tally } from './tally.ts';

/** Log streams that a client keeps before it only deletes: a group may have 100, and lists shall stay short. */
const MOST_STREAMS = 8;

/** One user with a log group to herself, who sends one request after the other. */
export class Caller {
  readonly ledger: Ledger;
  readonly #client: Client;
  readonly #group: StoredGroup;
  #created = 0;

  constructor(client: Client, group: StoredGroup) {
    this.ledger = new Ledger(group);
    this.#client = client;
    this.#group = group;
  }

  /** Works until told to stop, at most one request every `paceMs`. */
  async work(paceMs: number, tally: Tally, isOver: () => boolean): Promise<void> {
    await sleep(Math.random() * paceMs);
    while (!isOver()) {
      const startedAt = performance.now();
      await this.#request(tally);
      await sleep(Math.max(0, startedAt + paceMs - performance.now()));
    }
  }

  #request(tally: Tally): Promise<void> {
    const dice = Math.random();
    if (this.ledger.size >= MOST_STREAMS || dice < 0.1) return this.#delete(tally);
    if (dice < 0.25) return this.#list(tally);
    if (dice < 0.28) return this.#listAll(tally);
    const taken = dice < 0.33 ? this.ledger.anyName() : undefined;
    return this.#create(tally, taken);
  }

  async #create(tally: Tally, taken: string | undefined): Promise<void> {
    this.#created += 1;
    const name = taken ?? `${this.#group.log_group_name}-${this.#created}`;
    const outcome = await this.#send<Outcome>(tally, CREATE, { input: { name, ttlInDays: 7 } });
    if (outcome) this.ledger.told({ name, isTaken: taken !== undefined }, outcome);
  }

  async #delete(tally: Tally): Promise<void> {
    const streamId = this.ledger.release();
    if (streamId === undefined) return this.#list(tally);
    const outcome = await this.#send<Outcome>(tally, DELETE, { streamId });
    if (outcome) this.ledger.toldDeleted(streamId, outcome);
  }

  async #list(tally: Tally): Promise<void> {
    const list = await this.#send<ListedStream[]>(tally, LIST, {});
    if (list) this.ledger.toldList(list);
  }

  async #listAll(tally: Tally): Promise<void> {
    const groups = await this.#send<ListedGroup[]>(tally, LIST_ALL, {});
    const own = groups?.find(({ id }) => id === this.#group.log_group_id);
    if (groups && !own) this.ledger.mismatches.push(`told: a list without ${this.#group.log_group_name}`);
    if (own?.logStreams) this.ledger.toldList(own.logStreams);
  }

  /** The result, or `null` where the answer claims nothing. */
  async #send<T>(tally: Tally, query: string, variables: object): Promise<T | null> {
    const all = { projectId: DEMO.projectId, groupId: this.#group.log_group_id, ...variables };
    const sentAt = performance.now();
    tally.requests += 1;
    try {
      const token = `token-of-${this.#group.log_group_name}`;
      const answer = await this.#client.post(JSON.stringify({ query, variables: all }), token);
      const { result, failure } = readAnswer<T>(answer);
      tally.answered(performance.now() - sentAt, failure);
      return result;
    } catch (error) {
      if (error instanceof Unanswered) tally.unanswered += 1;
      else this.ledger.mismatches.push(`told: what cannot be read (${error})`);
      return null;
    }
  }
}
