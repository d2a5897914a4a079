/** Turns in one iteration of the event loop, and time for them in milliseconds. */
const MAX_TURNS = 16;
const MAX_MS = 2;
/** An address that waits for so many long turns begins nothing else. */
const MAX_WAITING_LONG = 2;
/** An iteration with turns that takes more time, in milliseconds, is followed by as much time without turns. */
const HEAVY_MS = 8;
/** Iterations in a row that take no turns because there were new connections in them. */
const MAX_SKIPPED = 16;
/** After an iteration that takes less time, in milliseconds, the event loop is idle. */
const IDLE_MS = 0.2;

type Task = () => void;

/**
 * Shares the CPU between addresses. Whoever waits comes next after one turn of each other address that waits, however much
 * those have asked for. Work that takes long waits apart from the rest: see `waitLong`.
 *
 * Only a few turns are taken in one iteration of the event loop, and after a heavy one there are iterations without any,
 * unless the event loop is idle. Node.js accepts one new connection in each: if all that has arrived were started first,
 * new connections, those of probes as well, would wait. And what is started together comes back together.
 */
export class Turns {
  readonly #waiting = new TurnQueue();
  readonly #waitingLong = new TurnQueue();
  readonly #waitingLarge = new TurnQueue();
  /** For another long turn. */
  readonly #goingOn = new TurnQueue();
  /** Whether the last long turn was one of the two. */
  #wasLarge = false;
  #scheduled: NodeJS.Immediate | undefined;
  /** Of this iteration. */
  #taken = 0;
  #endsAt = 0;
  /** Who has the long turn of this iteration, and since when. */
  #long: { readonly request: object; readonly since: number } | undefined;
  /** When turns are taken again, and long ones. */
  #nextAt = 0;
  #nextLongAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #iterationSince = 0;
  /** Whether the last iteration had nothing to do. */
  #isIdle = false;
  #hasConnected = false;
  #skipped = 0;
  readonly #isAlone: (address: string) => boolean;

  /** @param isAlone whether nobody but an address waits for answers */
  constructor(isAlone: (address: string) => boolean = () => true) {
    this.#isAlone = isAlone;
  }

  /** Runs a task in a turn of an address: now, if nobody waits and there is time. */
  run(address: string, task: Task): void {
    this.#schedule();
    if (this.#waiting.isEmpty && this.#hasTime() && !this.#isHeldBack(address)) {
      this.#taken += 1;
      task();
    } else this.#waiting.add(address, task);
  }

  /** Resolves when it is the turn of an address, for work that follows in the same iteration of the event loop. */
  wait(address: string): Promise<void> {
    return new Promise((resolve) => this.run(address, resolve));
  }

  /**
   * The same for work that takes long: one in an iteration, at its end. After a long turn of n ms, no other one begins for
   * n ms: each new connection, and each part of a reply, takes an iteration. When the event loop is idle, only those wait
   * so long who ask for several while others wait for answers: what these wait for may arrive in the next millisecond.
   * What goes on comes before what is large and would begin: otherwise the work of many would be in memory half done. In
   * between come those that need one turn, and as much time is left to others who wait for answers.
   *
   * @param request whose work it is; one that has the turn of this iteration does not wait
   * @param kind `large`: it probably needs several turns; `another`: it goes on, and waits in any case
   */
  async waitLong(
    address: string,
    request: object,
    kind: 'long' | 'large' | 'another' = 'long',
  ): Promise<void> {
    if (this.#long?.request === request && kind !== 'another') return;
    this.#schedule();
    await new Promise<void>((resolve) => {
      const queue = { long: this.#waitingLong, large: this.#waitingLarge, another: this.#goingOn }[kind];
      queue.add(address, () => {
        this.#long = { request, since: performance.now() };
        resolve();
      });
    });
  }

  /** To be called for each new connection. More may wait, each for an iteration of its own, and come before turns. */
  noteConnection(): void {
    this.#schedule();
    this.#hasConnected = this.#skipped < MAX_SKIPPED;
  }

  /** Until one of its long turns is done: otherwise all that it has asked for would be read, and held, at the same time. */
  readonly #isHeldBack = (address: string): boolean => this.#countLong(address) >= MAX_WAITING_LONG;

  readonly #asksForMany = (address: string): boolean =>
    this.#countLong(address) > 1 && !this.#isAlone(address);

  #countLong(address: string): number {
    return (
      this.#waitingLong.count(address) + this.#waitingLarge.count(address) + this.#goingOn.count(address)
    );
  }

  get #isLongEmpty(): boolean {
    return this.#waitingLong.isEmpty && this.#waitingLarge.isEmpty && this.#goingOn.isEmpty;
  }

  #hasTime(): boolean {
    const now = performance.now();
    return !this.#hasConnected && this.#taken < MAX_TURNS && now < this.#endsAt && now >= this.#nextAt;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#taken = 0;
    this.#iterationSince = performance.now();
    this.#endsAt = this.#iterationSince + MAX_MS;
    this.#scheduled = setImmediate(this.#nextIteration);
  }

  readonly #nextIteration = (): void => {
    const now = performance.now();
    this.#scheduled = undefined;
    const took = now - this.#iterationSince;
    if (this.#long) this.#nextLongAt = now + (now - this.#long.since);
    else if (this.#taken > 0 && took > HEAVY_MS) this.#nextAt = now + took;
    else if (took < IDLE_MS) this.#nextAt = now;
    this.#isIdle = took < IDLE_MS;
    this.#long = undefined;
    const isSkipped = this.#hasConnected;
    this.#hasConnected = false;
    this.#skipped = isSkipped ? this.#skipped + 1 : 0;
    if (this.#waiting.isEmpty && this.#isLongEmpty) return;
    this.#schedule();
    if (!isSkipped) this.#takeTurns();
  };

  /** Until the next long turn or the next call, without iterations that would use CPU for nothing. */
  #sleep(): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        this.#schedule();
      },
      Math.max(0, this.#nextLongAt - performance.now()),
    );
  }

  readonly #takeTurns = (): void => {
    const hasTime = this.#hasTime();
    const task = hasTime ? this.#waiting.next(this.#isHeldBack) : undefined;
    if (task) {
      this.#taken += 1;
      task();
      queueMicrotask(this.#takeTurns); // after what follows from the task
      return;
    }
    const long = this.#nextLong();
    if (long) long();
    else if (hasTime && this.#isIdle && this.#taken === 0) this.#sleep();
  };

  /** In turn, one that takes one turn, and one that takes several; of the latter first what goes on. */
  #nextLong(): Task | undefined {
    const isEarly = performance.now() < this.#nextLongAt;
    if (isEarly && !this.#isIdle) return undefined;
    const mustWait = (address: string) => isEarly && this.#asksForMany(address);
    const once = () => this.#waitingLong.next(mustWait);
    const large = () =>
      this.#goingOn.isEmpty
        ? this.#waitingLarge.next(mustWait)
        : this.#goingOn.next((address) => isEarly && !this.#isAlone(address));
    const task = this.#wasLarge ? once() : large();
    if (task === undefined) return this.#wasLarge ? large() : once();
    this.#wasLarge = !this.#wasLarge;
    return task;
  }
}

/** Tasks that wait, those of each address in their order. The next one is of the address that has waited longest. */
class TurnQueue {
  readonly #tasks = new Map<string, Task[]>();

  get isEmpty(): boolean {
    return this.#tasks.size === 0;
  }

  add(address: string, task: Task): void {
    const tasks = this.#tasks.get(address);
    if (tasks) tasks.push(task);
    else this.#tasks.set(address, [task]);
  }

  count(address: string): number {
    return this.#tasks.get(address)?.length ?? 0;
  }

  /** @param isHeldBack whether an address has to wait further */
  next(isHeldBack: (address: string) => boolean): Task | undefined {
    for (const [address, tasks] of this.#tasks) {
      if (isHeldBack(address)) continue;
      this.#tasks.delete(address);
      const task = tasks.shift();
      if (tasks.length > 0) this.#tasks.set(address, tasks); // after all others
      return task;
    }
    return undefined;
  }
}
