import { setTimeout as sleep } from 'node:timers/promises';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { type Client, Unanswered } from './client.ts';
import { CREATE, LIST, type Outcome, readAnswer } from './operations.ts';
import { Tally } from './tally.ts';

/** Every fourth request is a list, the others create. */
const LIST_EVERY = 4;

/** What one stretch of load brought. */
export interface Round {
  readonly seconds: number;
  /** Good answers a second that came before its end. */
  readonly goodput: number;
  /** Answers with what was asked for. */
  readonly good: Tally;
  /** All answers, refusals included. */
  readonly all: Tally;
  /** Names that clients were told exist now, and names whose requests were refused at the door. */
  readonly created: string[];
  readonly refused: string[];
}

/** So many clients, each with one request in flight all the time. */
export async function offerFrom(clients: number, seconds: number, client: Client): Promise<Round> {
  const round = newRound(seconds);
  const endAt = performance.now() + seconds * 1_000;
  const work = async () => {
    while (performance.now() < endAt) await sendOne(client, round, performance.now());
  };
  await Promise.all(Array.from({ length: clients }, work));
  return { ...round, goodput: round.good.answers / seconds };
}

/** So many requests a second by the clock, whatever becomes of them. Latency counts from the due time. */
export async function offerAt(perSecond: number, seconds: number, client: Client): Promise<Round> {
  const round = newRound(seconds);
  const startAt = performance.now();
  const pending = new Set<Promise<void>>();
  for (let sent = 0; sent < perSecond * seconds; ) {
    const due = Math.min(((performance.now() - startAt) / 1_000) * perSecond, perSecond * seconds);
    for (; sent < due; sent += 1) {
      const one = sendOne(client, round, startAt + (sent / perSecond) * 1_000);
      pending.add(one);
      void one.then(() => pending.delete(one));
    }
    await sleep(1);
  }
  const tookSeconds = (performance.now() - startAt) / 1_000;
  const inTime = round.good.answers;
  await Promise.all(pending);
  return { ...round, seconds: tookSeconds, goodput: inTime / tookSeconds };
}

const newRound = (seconds: number): Round => ({
  seconds,
  goodput: 0,
  good: new Tally(),
  all: new Tally(),
  created: [],
  refused: [],
});

let count = 0;

async function sendOne(client: Client, { good, all, created, refused }: Round, dueAt: number): Promise<void> {
  count += 1;
  const isCreate = count % LIST_EVERY > 0;
  const name = `stream-${count}`;
  const variables = {
    projectId: DEMO.projectId,
    groupId: DEMO.groupId,
    ...(isCreate && { input: { name } }),
  };
  const body = JSON.stringify({ query: isCreate ? CREATE : LIST, variables });
  all.requests += 1;
  try {
    const { result, failure } = readAnswer<Outcome | unknown[]>(
      await client.post(body, `user-${count % 500}`),
    );
    const ms = performance.now() - dueAt;
    const isGood = Array.isArray(result) || result?.__typename === 'LogStreamCreated';
    all.answered(ms, failure);
    if (isGood) good.answered(ms, null);
    if (isCreate && isGood) created.push(name);
    if (isCreate && failure?.startsWith('503')) refused.push(name);
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    all.unanswered += 1;
  }
}
