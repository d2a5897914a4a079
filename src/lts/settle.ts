import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestContext } from '../request-context.ts';
import { type CreateCall, type DeleteCall, GROUP_DOES_NOT_EXIST, type ListCall } from './calls.ts';
import { type LtsErrorKind, LtsFailed, type LtsFailure, orFailed } from './failure.ts';
import type { LtsClient } from './lts-client.ts';
import type { LtsResult } from './reply.ts';

/** How long the gateway looks for the outcome of a write, in milliseconds. */
export interface SettleTimes {
  /**
   * LTS may still be working on the write when its reply is lost, and its list may lag. That a list does not have
   * something is proof only if it was requested this long after the loss.
   */
  readonly missingAfterMs: number;
  /** Deadline of that last list, which is not read again if it fails; no other list has a longer one. */
  readonly lastListMs: number;
}

export const SETTLE_TIMES: SettleTimes = { missingAfterMs: 2_000, lastListMs: 1_000 };

/** What is needed to look something up for a request. */
export interface Search {
  readonly client: LtsClient;
  readonly context: RequestContext;
  readonly times: SettleTimes;
  /** IDs of what this request has created and deleted: no lost create made any of it. */
  readonly written: { readonly created: ReadonlySet<string>; readonly deleted: ReadonlySet<string> };
}

/** What became of a create: the item that it made, or a failure with an outcome, and the list that says so, if any does. */
export type SettledCreate<T> =
  | { readonly made: T }
  | { readonly failure: LtsFailure; readonly list: LtsResult<T[]> | null };

/** Lists that are read until a missing name is proof, if each is answered at once. */
const EARLY_LISTS = 4;

/** Kinds of failure of a list that another attempt would meet as well. */
const ENDS_THE_SEARCH: ReadonlySet<LtsErrorKind> = new Set(['UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND']);

/**
 * Finds out what became of a create whose reply was lost. Names are unique in their group, so the list shows it. Sends
 * no second POST. If nothing was created, the failure is retryable if the name is free.
 *
 * @param failure what came instead of a success
 * @param sentAt when the create was sent, by the gateway's clock in milliseconds
 */
export async function settleCreate<T extends CreatedItem>(
  create: CreateCall<T>,
  failure: LtsFailure,
  sentAt: number,
  search: Search,
): Promise<SettledCreate<T>> {
  const { times, written } = search;
  const provenFrom = performance.now() + times.missingAfterMs;
  let pauseMs = times.missingAfterMs / EARLY_LISTS;
  let isLast = false;

  while (!isLast) {
    const restMs = provenFrom - performance.now();
    isLast = restMs <= 0;
    // An early list must not use up the time of the last.
    const timeoutMs = isLast ? times.lastListMs : Math.min(times.lastListMs, restMs);
    const list = await orFailed(readNow(create.list, timeoutMs, search));
    if (list instanceof LtsFailed) {
      if (ENDS_THE_SEARCH.has(list.failure.kind)) break;
      pauseMs *= 2; // LTS is in trouble
    } else {
      const said = conclude(create, list, sentAt, written);
      if (typeof said === 'object') return { made: said };
      if (isLast && said !== 'unclear') return { failure: notCreated(create.creates, failure, said), list };
    }
    // All of the rest rather than a list with hardly any time left.
    const nextAt = performance.now() + pauseMs;
    if (!isLast) await sleepUntil(nextAt > provenFrom - pauseMs / 2 ? provenFrom : nextAt);
  }
  const unknown = { outcome: 'UNKNOWN', isRetryable: false, isNameTaken: false } as const;
  return { failure: saying(`outcome.${create.creates}.unknown`, failure, unknown), list: null };
}

/**
 * Whether something is gone whose delete had no reply: it is not in its list `missingAfterMs` later. An earlier list would
 * prove nothing: LTS may list late what is new, or still be at work.
 */
export async function isGone({ id, list }: DeleteCall, search: Search): Promise<boolean> {
  await sleepUntil(performance.now() + search.times.missingAfterMs);
  const listed = await orFailed(readNow(list, search.times.lastListMs, search));
  // No other failure proves it.
  if (listed instanceof LtsFailed) return listed.failure.code === GROUP_DOES_NOT_EXIST;
  return listed.value.every((item) => item.id !== id);
}

/** Timers can be some milliseconds early: they count from the start of the iteration of the event loop that set them. */
async function sleepUntil(at: number): Promise<void> {
  for (let now = performance.now(); now < at; now = performance.now()) await sleep(Math.ceil(at - now));
}

/** A list as it is now, read once, whether or not the caller has gone. */
function readNow<T>(list: ListCall<T>, timeoutMs: number, search: Search): Promise<LtsResult<T[]>> {
  return search.client.send(list, search.context, { timeoutMs });
}

function notCreated(
  creates: 'logStream' | 'logGroup',
  failure: LtsFailure,
  because: 'free' | 'existed' | 'taken',
): LtsFailure {
  const isNameTaken = because !== 'free';
  const sentence = isNameTaken ? (`outcome.${creates}.${because}` as const) : NOTHING_CREATED;
  return saying(sentence, failure, { outcome: 'NOT_APPLIED', isRetryable: !isNameTaken, isNameTaken });
}

const NOTHING_CREATED = 'outcome.nothingCreated';

/** The failure of a create that had no effect; where LTS has replied, its own message says so. */
export function sayingNothingCreated(failure: LtsFailure): LtsFailure {
  return failure.httpStatus === null && failure.isRetryable ? saying(NOTHING_CREATED, failure) : failure;
}

function saying(
  key: LtsFailure['addedSentences'][number]['key'],
  failure: LtsFailure,
  changes: Partial<LtsFailure> = {},
): LtsFailure {
  return { ...failure, addedSentences: [...failure.addedSentences, { key }], ...changes };
}

interface CreatedItem {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date | null;
}

/**
 * What a list says about a lost create: the item that it has made, which is final; or that the name is `free`; that an
 * item of that name `existed` before; that it is `taken` by an item that is not what was asked for; or that it is
 * `unclear` who made it. All but the first may still change: LTS may be at work on the create, or its list may lag.
 */
function conclude<T extends CreatedItem>(
  { name, isAsAsked }: CreateCall<T>,
  list: LtsResult<T[]>,
  sentAt: number,
  written: Search['written'],
): T | 'free' | 'existed' | 'taken' | 'unclear' {
  const ofName = list.value.filter((item) => item.name === name);
  const holder = ofName.find(({ id }) => !written.deleted.has(id));
  // A list with what had been deleted before the create was sent is an old one.
  if (holder === undefined) return ofName.length > 0 ? 'unclear' : 'free';
  const age = ageOf(holder, list.date, sentAt);
  if (written.created.has(holder.id) || age === 'older') return 'existed';
  const asAsked = isAsAsked(holder);
  if (asAsked === false) return 'taken';
  return asAsked && age === 'recent' ? holder : 'unclear';
}

/**
 * Whether an item existed before the create was sent. LTS's clock may differ from ours: its `Date` header says by how
 * much, give or take the second that it is rounded to and the time that the reply took. So `recent` is also what was
 * created up to about two seconds before.
 */
function ageOf(
  { createdAt }: CreatedItem,
  date: Date | null,
  sentAt: number,
): 'older' | 'recent' | 'unknown' {
  if (createdAt === null || date === null) return 'unknown';
  const aheadByAtLeast = date.getTime() - Date.now();
  return createdAt.getTime() < sentAt + aheadByAtLeast ? 'older' : 'recent';
}
