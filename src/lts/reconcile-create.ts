import { setTimeout as sleep } from 'node:timers/promises';
import { LtsErrorKind } from './failure-kinds.ts';
import { type ExistingItem, LtsFailure, orFailure } from './lts-failure.ts';

/** How long the gateway looks for the outcome of a create, in milliseconds. */
export interface ReconcileTimes {
  /**
   * LTS may still be working on the create when its reply is lost. A list without the name is proof only if it was
   * requested this long after the loss.
   */
  readonly missingAfterMs: number;
  /** Deadline of that last list; no other list has a longer one. */
  readonly lastListMs: number;
}

export const RECONCILE_TIMES: ReconcileTimes = { missingAfterMs: 2_000, lastListMs: 1_000 };

/** The outcome of a create that took no effect, though the name is free. */
export const NOTHING_CREATED = { isRetryable: true, mayHaveTakenEffect: false } as const;

/** Lists that are read until a missing name is proof, if each is answered at once. */
const EARLY_LISTS = 4;

/** Kinds of failure of a list that another attempt would meet as well. */
const ENDS_THE_SEARCH: ReadonlySet<LtsErrorKind> = new Set([
  LtsErrorKind.UNAUTHENTICATED,
  LtsErrorKind.FORBIDDEN,
  LtsErrorKind.NOT_FOUND,
]);

/** The list in which a created item would be, at one point in time. */
export interface ListSnapshot<T> {
  readonly items: readonly T[];
  /** LTS's clock when it answered, to the second. */
  readonly date: Date | null;
}

export interface LostCreate<T> {
  /** What came instead of a success. */
  readonly failure: LtsFailure;
  readonly name: string;
  /** What it is, for the message. */
  readonly what: 'logStream' | 'logGroup';
  readonly asExisting: (read: () => Promise<T | null>) => ExistingItem;
  /** When the create was sent, by the gateway's clock in milliseconds. */
  readonly startedAt: number;
  readonly times: ReconcileTimes;
  readonly list: (timeoutMs: number) => Promise<ListSnapshot<T>>;
  /** IDs of what other creates of the same caller are known to have made. */
  readonly idsOfOthers: ReadonlySet<string>;
}

/**
 * Finds out what became of a create whose reply was lost. Names are unique in their group, so the list shows it. Sends
 * no second POST.
 *
 * @returns the item that this create made
 * @throws LtsFailure, for which `mayHaveTakenEffect` says whether it is unknown what became of it; if nothing was created,
 *   it is retryable if the name is free
 */
export async function reconcileCreate<T extends { id: string; name: string; createdAt: Date | null }>(
  create: LostCreate<T>,
): Promise<T> {
  const { failure, name, what, times } = create;
  const provenFrom = performance.now() + times.missingAfterMs;
  const giveUpAt = provenFrom + times.lastListMs;
  let pauseMs = times.missingAfterMs / EARLY_LISTS;

  for (let now = performance.now(); now < giveUpAt; now = performance.now()) {
    const askedAt = Date.now();
    const isLast = now >= provenFrom;
    // An early list must not use up the time of the last.
    const timeoutMs = Math.min(times.lastListMs, (isLast ? giveUpAt : provenFrom) - now);
    const list = await orFailure(create.list(timeoutMs));
    if (list instanceof LtsFailure) {
      if (ENDS_THE_SEARCH.has(list.kind)) break;
      pauseMs *= 2; // LTS is in trouble
    } else {
      const found = list.items.find((item) => item.name === name);
      const isOwn =
        found && !create.idsOfOthers.has(found.id) && !isOlder(found, list, create.startedAt, askedAt);
      if (isOwn) return found;
      if (found) {
        throw failure.withOutcome(
          { key: `outcome.${what}.existed` },
          {
            isRetryable: false,
            mayHaveTakenEffect: false,
            existing: create.asExisting(async () => found),
          },
        );
      }
      if (isLast) throw failure.withOutcome({ key: 'outcome.nothingCreated' }, NOTHING_CREATED);
    }
    const nextBy = isLast ? giveUpAt : provenFrom;
    await sleep(Math.max(1, Math.min(pauseMs, nextBy - performance.now())));
  }
  throw failure.withOutcome(
    { key: `outcome.${what}.unknown` },
    { isRetryable: false, mayHaveTakenEffect: true },
  );
}

/**
 * Whether an item existed before the create was sent. LTS's clock may differ from ours: its `Date` header says by how
 * much, give or take the second that it is rounded to and the time that the reply took. In doubt this create made it,
 * since nobody else had a reason to give this name in that second.
 */
function isOlder(
  found: { createdAt: Date | null },
  list: ListSnapshot<unknown>,
  startedAt: number,
  askedAt: number,
): boolean {
  if (found.createdAt === null) return false;
  const answeredAt = Date.now();
  const aheadByAtLeast = (list.date?.getTime() ?? askedAt) - answeredAt;
  return found.createdAt.getTime() < startedAt + aheadByAtLeast;
}
