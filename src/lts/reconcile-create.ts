import { setTimeout as sleep } from 'node:timers/promises';
import { LtsErrorKind } from './failure-kinds.ts';
import { LtsFailure } from './lts-failure.ts';

/** How long the outcome of a create is looked for, in milliseconds. */
export interface ReconcileTimes {
  /**
   * LTS may still be at work when its answer is lost: only a list that was asked for so long after the loss is
   * believed when it does not have the name.
   */
  readonly missingAfterMs: number;
  /** How long that last list may take; no other may take longer. */
  readonly lastListMs: number;
}

export const RECONCILE_TIMES: ReconcileTimes = { missingAfterMs: 2_000, lastListMs: 1_000 };

/** Lists that are asked for until a missing name is believed, if each is answered at once. */
const EARLY_LISTS = 4;

/** Kinds of a list's failure that asking again will not change. */
const NON_RETRYABLE: ReadonlySet<LtsErrorKind> = new Set([
  LtsErrorKind.UNAUTHENTICATED,
  LtsErrorKind.FORBIDDEN,
  LtsErrorKind.NOT_FOUND,
]);

/** The list in which a created thing would be, as it is at one time. */
export interface ListSnapshot<T> {
  readonly items: readonly T[];
  /** LTS's clock when it answered, to the second. */
  readonly date: Date | null;
}

export interface LostCreate<T> {
  /** What came instead of a readable success. */
  readonly failure: LtsFailure;
  readonly name: string;
  /** What it is, for the message: `log stream`. */
  readonly what: string;
  /** When the create was sent, by the gateway's clock in milliseconds. */
  readonly startedAt: number;
  readonly times: ReconcileTimes;
  list(timeoutMs: number): Promise<ListSnapshot<T>>;
}

/**
 * Finds out what became of a create whose answer was lost. Names are unique in their group, so the list shows it.
 * Sends no second POST.
 *
 * @returns what was created by this request
 * @throws LtsFailure that says that nothing was created (retryable if the name is free), or that it is unknown
 */
export async function reconcileCreate<T extends { name: string; createdAt: Date | null }>(
  create: LostCreate<T>,
): Promise<T> {
  const { failure, name, what, times } = create;
  const believedFrom = performance.now() + times.missingAfterMs;
  const giveUpAt = believedFrom + times.lastListMs;
  let pauseMs = times.missingAfterMs / EARLY_LISTS;

  for (let now = performance.now(); now < giveUpAt; now = performance.now()) {
    const askedAt = Date.now();
    const isLast = now >= believedFrom;
    // An early list must not take the time of the last.
    const list = await tryList(create, Math.min(times.lastListMs, (isLast ? giveUpAt : believedFrom) - now));
    if (list instanceof LtsFailure) {
      if (NON_RETRYABLE.has(list.kind)) break;
      pauseMs *= 2; // LTS is in trouble: not too many questions
    } else {
      const found = list.items.find((item) => item.name === name);
      if (found && !isOlder(found, list, create.startedAt, askedAt)) return found;
      if (found) {
        throw failure.withOutcome(
          `Nothing was created: a ${what} of that name had been there before.`,
          false,
        );
      }
      if (isLast) throw failure.withOutcome('Nothing was created.', true);
    }
    const nextBy = isLast ? giveUpAt : believedFrom;
    await sleep(Math.max(1, Math.min(pauseMs, nextBy - performance.now())));
  }
  throw failure.withOutcome(
    `Whether the ${what} was created is unknown: look for it before trying again.`,
    false,
  );
}

async function tryList<T>(create: LostCreate<T>, timeoutMs: number): Promise<ListSnapshot<T> | LtsFailure> {
  try {
    return await create.list(timeoutMs);
  } catch (error) {
    if (error instanceof LtsFailure) return error;
    throw error;
  }
}

/**
 * Whether something was there before the create was sent. LTS's clock may differ from ours: its `Date` header
 * tells by how much, give or take the second it is cut to and the time the answer took. In doubt it is ours,
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
