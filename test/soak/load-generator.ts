import { setTimeout as sleep } from 'node:timers/promises';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { CREATE_LOG_STREAM, LOG_STREAMS, type MutationResult, parseResponse } from './graphql-operations.ts';
import { type HttpClient, NoResponseError } from './http-client.ts';
import { RequestStats } from './request-stats.ts';

/** Every fourth request lists log streams, the others create one. */
const REQUESTS_PER_LIST = 4;

export interface LoadResult {
  readonly seconds: number;
  /** Successful requests per second, without those whose response came after the end. */
  readonly goodput: number;
  readonly successful: RequestStats;
  /** All requests, failed ones included. */
  readonly all: RequestStats;
  /** Names of log streams that exist according to the responses. */
  readonly created: string[];
  /** Names of log streams whose creates got a 503. */
  readonly rejected: string[];
}

/** Closed loop: `concurrency` requests are in flight all the time. */
export async function runClosedLoop(
  concurrency: number,
  seconds: number,
  client: HttpClient,
): Promise<LoadResult> {
  const load = newResult(seconds);
  const endAt = performance.now() + seconds * 1_000;
  const loop = async () => {
    while (performance.now() < endAt) await sendOne(client, load, performance.now());
  };
  await Promise.all(Array.from({ length: concurrency }, loop));
  return { ...load, goodput: load.successful.responses / seconds };
}

/** Open loop: a constant rate, however slow the responses. Latency counts from when a request was due. */
export async function runOpenLoop(
  requestsPerSecond: number,
  seconds: number,
  client: HttpClient,
): Promise<LoadResult> {
  const load = newResult(seconds);
  const total = requestsPerSecond * seconds;
  const startAt = performance.now();
  const pending = new Set<Promise<void>>();
  for (let sent = 0; sent < total; ) {
    const due = Math.min(((performance.now() - startAt) / 1_000) * requestsPerSecond, total);
    for (; sent < due; sent += 1) {
      const one = sendOne(client, load, startAt + (sent / requestsPerSecond) * 1_000);
      pending.add(one);
      void one.then(() => pending.delete(one));
    }
    await sleep(1);
  }
  const actualSeconds = (performance.now() - startAt) / 1_000;
  const inTime = load.successful.responses;
  await Promise.all(pending);
  return { ...load, seconds: actualSeconds, goodput: inTime / actualSeconds };
}

const newResult = (seconds: number): LoadResult => ({
  seconds,
  goodput: 0,
  successful: new RequestStats(),
  all: new RequestStats(),
  created: [],
  rejected: [],
});

let count = 0;

async function sendOne(client: HttpClient, load: LoadResult, dueAt: number): Promise<void> {
  const { successful, all, created, rejected } = load;
  count += 1;
  const isCreate = count % REQUESTS_PER_LIST > 0;
  const name = `stream-${count}`;
  const variables = {
    projectId: DEMO.projectId,
    groupId: DEMO.groupId,
    ...(isCreate && { input: { name } }),
  };
  const body = JSON.stringify({ query: isCreate ? CREATE_LOG_STREAM : LOG_STREAMS, variables });
  all.requests += 1;
  try {
    const response = await client.post(body, { 'x-auth-token': `user-${count % 500}` });
    const { result, failure } = parseResponse<MutationResult | unknown[]>(response);
    const ms = performance.now() - dueAt;
    const isSuccess = Array.isArray(result) || result?.__typename === 'LogStreamCreated';
    all.recordResponse(ms, failure);
    if (isSuccess) successful.recordResponse(ms, null);
    if (isCreate && isSuccess) created.push(name);
    if (isCreate && failure?.startsWith('503')) rejected.push(name);
  } catch (error) {
    if (!(error instanceof NoResponseError)) throw error;
    all.unanswered += 1;
  }
}
