import { setTimeout as sleep } from 'node:timers/promises';
import { LtsErrorKind } from './failure-kinds.ts';
import { LtsFailure } from './lts-failure.ts';

/** How long after the deadline the outcome of a create is looked for, in milliseconds. */
export const LOOK_UP_MS = 2_000;
/** Part of that between two looks; doubled by each look that fails. */
const PAUSE_SHARE = 0.25;
/** Part of that after which a look that misses the name is believed: where the gateway had given up waiting … */
const BELIEVED_AFTER_SHARE = 1 - PAUSE_SHARE;
/** … and where LTS had hung up or answered. */
const BELIEVED_AFTER_HANG_UP_SHARE = 0.25;

/** Kinds of a look's failure that no further look will change. */
const HOPELESS: ReadonlySet<LtsErrorKind> = new Set([
  LtsErrorKind.UNAUTHENTICATED,
  LtsErrorKind.FORBIDDEN,
  LtsErrorKind.NOT_FOUND,
]);

/** The list in which a created thing would be, as one look finds it. */
export interface Look<T> {
  readonly items: readonly T[];
  /** LTS's clock when it answered, to the second. */
  readonly date: Date | null;
}

export interface UnsettledCreate<T> {
  /** What came instead of a readable success. */
  readonly failure: LtsFailure;
  readonly name: string;
  /** What it is, for the message: `log stream`. */
  readonly what: string;
  /** When the create was sent, by the gateway's clock in milliseconds. */
  readonly startedAt: number;
  /** How long may be looked, in milliseconds: what is left of the deadline, and the window. */
  readonly lookForMs: number;
  /** How long a missing name is looked for before it is believed, in milliseconds. */
  readonly windowMs: number;
  look(timeoutMs: number): Promise<Look<T>>;
}

/**
 * Finds out what became of a create whose answer was lost. Names are unique in their group, so the list shows
 * it. Sends no second POST.
 *
 * Where the gateway gave up waiting, LTS may still be at work: then a missing name is looked for until the
 * time is used up. Where LTS hung up or answered, for a shorter while.
 *
 * @returns what was created by this request
 * @throws LtsFailure that says that nothing was created (retryable if the name is free), or that it is unknown
 */
export async function settleCreate<T extends { name: string; createdAt: Date | null }>(
  create: UnsettledCreate<T>,
): Promise<T> {
  const { failure, name, what, lookForMs, windowMs } = create;
  const start = performance.now();
  const hasGivenUp = failure.kind === LtsErrorKind.TIMEOUT;
  const believedAt = start + windowMs * (hasGivenUp ? BELIEVED_AFTER_SHARE : BELIEVED_AFTER_HANG_UP_SHARE);
  let pauseMs = windowMs * PAUSE_SHARE;
  let isMissing = false;
  let nextAt: number;

  for (let leftMs = lookForMs; leftMs > 0; leftMs = start + lookForMs - performance.now()) {
    const askedAt = Date.now();
    const isBelieved = performance.now() >= believedAt;
    const look = await tryLook(create, leftMs);
    if (look instanceof LtsFailure) {
      isMissing = false;
      nextAt = start + lookForMs;
      if (HOPELESS.has(look.kind)) break;
      pauseMs *= 2; // LTS is in trouble: not too many questions
    } else {
      const found = look.items.find((item) => item.name === name);
      if (found && !isOlder(found, look, create.startedAt, askedAt)) return found;
      if (found) {
        throw failure.concluded(`Nothing was created: a ${what} of that name had been there before.`, false);
      }
      isMissing = true;
      if (isBelieved) break;
      nextAt = believedAt;
    }
    await sleep(Math.max(1, Math.min(pauseMs, nextAt - performance.now())));
  }
  if (isMissing) throw failure.concluded('Nothing was created.', true);
  throw failure.concluded(
    `Whether the ${what} was created is unknown: look for it before trying again.`,
    false,
  );
}

async function tryLook<T>(create: UnsettledCreate<T>, timeoutMs: number): Promise<Look<T> | LtsFailure> {
  try {
    return await create.look(timeoutMs);
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
  look: Look<unknown>,
  startedAt: number,
  askedAt: number,
): boolean {
  if (found.createdAt === null) return false;
  const answeredAt = Date.now();
  const aheadByAtLeast = (look.date?.getTime() ?? askedAt) - answeredAt;
  return found.createdAt.getTime() < startedAt + aheadByAtLeast;
}
