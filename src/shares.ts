/** Holders are in buckets by what they hold, so that the largest is found without sorting: each bucket begins a fifth above the one before. */
const BUCKETS_PER_DOUBLING = 4;
const BUCKETS = 48 * BUCKETS_PER_DOUBLING;

/** In place of an address. */
const NOBODY = 'nobody';

/** What a refusal says to operators. */
export interface ShareRefusal {
  /** Which total is used up. */
  readonly resource: string;
  readonly total: number;
  /** Who holds the most of it, and how much. */
  readonly address: string;
  readonly held: number;
}

interface Holder {
  readonly address: string;
  held: number;
  /** Number of its holdings. */
  count: number;
  /** Those that can be taken back, the oldest first. */
  readonly revocable: Set<Holding>;
  bucket: number;
}

/**
 * Something of which there is only so much for all callers: connections, bytes, calls. It has a total; what one address
 * may hold is at most what is left for others. So one address alone gets half of the total, two that take all they can
 * get a third each, and there is always something left for one that holds little. Where there is not, whoever holds the
 * most gives way, if its holdings can be taken back.
 *
 * An address is an IPv4 address or a network of 64 bits of IPv6: see `addressOf`.
 */
export class SharedResource {
  readonly name: string;
  readonly total: number;
  readonly #onRefusal: (refusal: ShareRefusal) => void;
  readonly #holders = new Map<string, Holder>();
  readonly #buckets: readonly Set<Holder>[] = Array.from({ length: BUCKETS }, () => new Set());
  #used = 0;
  #revocable = 0;

  /** @param onRefusal is called when somebody is refused, or a holding is taken back */
  constructor(name: string, total: number, onRefusal: (refusal: ShareRefusal) => void = () => {}) {
    this.name = name;
    this.total = total;
    this.#onRefusal = onRefusal;
  }

  get used(): number {
    return this.#used;
  }

  /**
   * @param onRevoked is called when the holding is taken back because another address holds less; without it, that is not done
   * @returns `null` when there is no room for it
   */
  take(address: string, amount: number, onRevoked?: () => void): Holding | null {
    const holding = this.open(address, onRevoked);
    return holding.grow(amount) ? holding : null;
  }

  /** A holding of nothing yet, that can grow. */
  open(address: string, onRevoked?: () => void): Holding {
    return new Holding(this, address, onRevoked);
  }

  heldBy(address: string): number {
    return this.#holders.get(address)?.held ?? 0;
  }

  /**
   * Whether an address could take so much now, without anybody giving way: it may then hold at most what was free before.
   * So one address alone can hold half of the total, and n that take all they can hold one part of n + 1 each.
   */
  hasRoomFor(address: string, amount: number): boolean {
    return this.heldBy(address) + amount <= this.total - this.#used;
  }

  /** For the log: which total it is, and who holds the most of it, give or take a fifth. */
  describe(): ShareRefusal {
    const { name: resource, total } = this;
    for (let bucket = BUCKETS - 1; bucket >= 0; bucket -= 1) {
      for (const { address, held } of this.#buckets[bucket] ?? []) {
        if (address !== NOBODY) return { resource, total, address, held };
      }
    }
    return { resource, total, address: NOBODY, held: 0 };
  }

  /** For `Holding` alone. @returns whether there was room, or somebody gave way */
  add(holding: Holding, address: string, amount: number): boolean {
    while (!this.hasRoomFor(address, amount)) {
      const largest = this.#largestRevocable(this.heldBy(address) + amount);
      if (largest === undefined) {
        this.#onRefusal(this.describe());
        return false;
      }
      this.#revoke(largest);
    }
    this.addUnchecked(holding, address, amount);
    return true;
  }

  /** For `Holding` alone. Takes it whether there is room or not. */
  addUnchecked(holding: Holding, address: string, amount: number): void {
    const holder = this.#holderOf(address);
    if (holding.amount === 0) {
      holder.count += 1;
      if (holding.isRevocable) {
        holder.revocable.add(holding);
        this.#revocable += 1;
      }
    }
    this.#used += amount;
    this.#change(holder, amount);
  }

  /** For `Holding` alone. */
  remove(holding: Holding, address: string): void {
    const holder = this.#holderOf(address);
    holder.count -= 1;
    if (holder.revocable.delete(holding)) this.#revocable -= 1;
    this.#used -= holding.amount;
    this.#change(holder, -holding.amount);
    if (holder.count === 0) {
      this.#buckets[holder.bucket]?.delete(holder);
      this.#holders.delete(address);
    }
  }

  #holderOf(address: string): Holder {
    const known = this.#holders.get(address);
    if (known) return known;
    const holder: Holder = { address, held: 0, count: 0, revocable: new Set(), bucket: 0 };
    this.#holders.set(address, holder);
    this.#buckets[0]?.add(holder);
    return holder;
  }

  #change(holder: Holder, amount: number): void {
    holder.held += amount;
    const bucket = bucketOf(holder.held);
    if (bucket === holder.bucket) return;
    this.#buckets[holder.bucket]?.delete(holder);
    this.#buckets[bucket]?.add(holder);
    holder.bucket = bucket;
  }

  /** The holder of the most, give or take a fifth, of those that hold more than so much and can give way. */
  #largestRevocable(moreThan: number): Holder | undefined {
    if (this.#revocable === 0) return undefined;
    for (let bucket = BUCKETS - 1; bucket >= bucketOf(moreThan); bucket -= 1) {
      for (const holder of this.#buckets[bucket] ?? []) {
        if (holder.held > moreThan && holder.revocable.size > 0) return holder;
      }
    }
    return undefined;
  }

  #revoke({ revocable }: Holder): void {
    const [oldest] = revocable;
    if (oldest === undefined) return;
    this.#onRefusal(this.describe());
    oldest.revoke();
  }
}

function bucketOf(held: number): number {
  return held < 1 ? 0 : Math.min(BUCKETS - 1, Math.floor(Math.log2(held) * BUCKETS_PER_DOUBLING));
}

/** What one address holds of a resource, for one purpose. */
export class Holding {
  #onRevoked: (() => void) | undefined;
  readonly #resource: SharedResource;
  #address: string;
  #amount = 0;

  constructor(resource: SharedResource, address: string, onRevoked: (() => void) | undefined) {
    this.#resource = resource;
    this.#address = address;
    this.#onRevoked = onRevoked;
  }

  get isRevocable(): boolean {
    return this.#onRevoked !== undefined;
  }

  /** For `SharedResource` alone. */
  revoke(): void {
    this.release();
    this.#onRevoked?.();
  }

  get amount(): number {
    return this.#amount;
  }

  /** @returns whether there was room for so much more */
  grow(amount: number): boolean {
    if (!this.#resource.add(this, this.#address, amount)) return false;
    this.#amount += amount;
    return true;
  }

  /** @param amount at most what it is now */
  shrinkTo(amount: number): void {
    if (amount === 0) this.release();
    if (amount === this.#amount) return;
    this.#resource.addUnchecked(this, this.#address, amount - this.#amount);
    this.#amount = amount;
  }

  /** Counts from now on as another address's, whether or not that has room for it. */
  moveTo(address: string): void {
    if (address === this.#address) return;
    const amount = this.#amount;
    this.release();
    this.#address = address;
    if (amount === 0) return;
    this.#resource.addUnchecked(this, address, amount);
    this.#amount = amount;
  }

  /** From now on it counts for the total, but is nobody's share, and does not give way. */
  keep(): void {
    this.#onRevoked = undefined;
    this.moveTo(NOBODY);
  }

  /** More than once does no harm; it can grow again after that. */
  release(): void {
    if (this.#amount === 0) return;
    this.#resource.remove(this, this.#address);
    this.#amount = 0;
  }
}

/** What an answer may have without being counted, in bytes: all but long lists have less. */
const UNCOUNTED_BYTES = 16 * 1024;

/** Counts the memory of one answer, beyond what all but long lists need. */
export function createAnswerMemory(holding: Holding) {
  let bytes = 0;
  let waiting = 0;
  let hasEnded = false;
  const releaseIfOver = () => {
    if (hasEnded && waiting === 0) holding.release();
  };
  return {
    grow(more: number): boolean {
      if (hasEnded) return true; // a write goes on when its caller has gone, and nobody gets its answer
      const counted = Math.max(0, bytes + more - UNCOUNTED_BYTES);
      if (counted > holding.amount && !holding.grow(counted - holding.amount)) return false;
      bytes += more;
      return true;
    },
    shrink(less: number): void {
      if (hasEnded) return;
      bytes = Math.max(0, bytes - less);
      holding.shrinkTo(Math.min(holding.amount, Math.max(0, bytes - UNCOUNTED_BYTES)));
    },
    /** What waits for its turn is in memory, also when its caller has gone. */
    async during(turn: Promise<void>): Promise<void> {
      waiting += 1;
      await turn;
      waiting -= 1;
      releaseIfOver();
    },
    end(): void {
      hasEnded = true;
      releaseIfOver();
    },
  };
}
