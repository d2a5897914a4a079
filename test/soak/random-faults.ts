import { type Fault, type FaultKind, Faults } from '../../src/embedded-lts/faults.ts';

/** One of so many calls goes wrong. */
const SHARE = 0.05;
/** A port that nobody listens on: whoever follows the redirect fails. */
const NOWHERE = 'http://127.0.0.1:9/';

/**
 * The longest delay ends long before the gateway's last look for a create, 1.5 seconds after its deadline of
 * one second: what LTS does later than that, no gateway can know.
 */
const KINDS: readonly (() => FaultKind)[] = [
  () => ({ kind: 'delay', ms: 1_250 * Math.random() }),
  () => ({ kind: 'cutOff', bytes: Math.floor(60 * Math.random()) }),
  () => ({ kind: 'slowBody', ms: Math.ceil(10 * Math.random()) }),
  () => ({ kind: 'reset' }),
  () => ({ kind: 'badGateway' }),
  () => ({ kind: 'gatewayTimeout' }),
  () => ({ kind: 'noContent' }),
  () => ({ kind: 'wrongLength' }),
  () => ({ kind: 'redirect', to: NOWHERE }),
  () => ({ kind: 'tooManyRequests' }),
  () => ({ kind: 'bigBody' }),
  () => ({ kind: 'gzipBomb' }),
];

/** Faults of every kind that strike at random, before LTS does the work or after. */
export class RandomFaults extends Faults {
  calls = 0;
  readonly struck = new Map<string, number>();

  override take(operation: string): Fault | undefined {
    this.calls += 1;
    if (Math.random() >= SHARE) return undefined;
    const kind = KINDS[Math.floor(KINDS.length * Math.random())]?.();
    if (kind === undefined) return undefined;
    this.struck.set(kind.kind, (this.struck.get(kind.kind) ?? 0) + 1);
    return { ...kind, when: whenOf(kind, operation) };
  }
}

/** Not what would make LTS itself a liar: throttling after the work, or the success of a delete before it. */
function whenOf({ kind }: FaultKind, operation: string): Fault['when'] {
  if (kind === 'tooManyRequests') return 'before';
  if (kind === 'noContent' && operation === 'DeleteLogStream') return 'after';
  return Math.random() < 0.5 ? 'before' : 'after';
}
