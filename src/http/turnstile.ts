/** How many may begin in one turn of the event loop. */
const A_TURN = 8;

/**
 * Lets work begin in the order it came, a little in each turn of the event loop. Node.js accepts one new
 * connection a turn: where a turn is as long as all the work that has come in, new connections wait for seconds,
 * those of the probes as well.
 */
export class Turnstile {
  readonly #waiting: (() => void)[] = [];
  #begun = 0;

  /** Calls `begin` at once if it is the first in this turn, else in a turn to come. */
  pass(begin: () => void): void {
    if (this.#begun === 0) setImmediate(this.#nextTurn);
    if (this.#begun < A_TURN) {
      this.#begun += 1;
      begin();
    } else this.#waiting.push(begin);
  }

  readonly #nextTurn = (): void => {
    this.#begun = 0;
    for (const begin of this.#waiting.splice(0, A_TURN)) {
      this.#begun += 1;
      begin();
    }
    if (this.#begun > 0) setImmediate(this.#nextTurn);
  };
}
