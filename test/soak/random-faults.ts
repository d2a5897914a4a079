import {
  type FaultKind,
  Faults,
  type GatewayRefusal,
  type ReplyFault,
} from '../../src/embedded-lts/faults.ts';
import { LOST_REPLIES } from '../support/faults.ts';

/** Fraction of the calls that fail. */
const FAULT_RATE = 0.05;
/** A port that nobody listens on, so that a client which follows the redirect fails. */
const UNUSED_URL = 'http://127.0.0.1:9/';

/**
 * The longest delay ends well before the gateway lists log streams for the last time, 2 seconds after its deadline of
 * one second: it cannot know of a create that LTS executes later.
 */
const RANDOM_KINDS: readonly (() => FaultKind | GatewayRefusal)[] = [
  () => ({ kind: 'delay', ms: 1_250 * Math.random() }),
  () => ({ kind: 'cutOff', bytes: Math.floor(60 * Math.random()) }),
  () => ({ kind: 'slowBody', ms: Math.ceil(10 * Math.random()) }),
  () => ({ kind: 'redirect', to: UNUSED_URL }),
  () => ({ kind: 'tooManyRequests', when: 'before' }),
  () => ({ kind: 'missingApi', when: 'before' }),
  ...LOST_REPLIES.map((fault) => () => fault),
];

/** Injects faults of every kind at random, before or after the operation. */
export class RandomFaults extends Faults {
  calls = 0;
  /** Number of faults by kind. */
  readonly injected = new Map<string, number>();

  override take(operation: string): ReplyFault | undefined {
    this.calls += 1;
    if (Math.random() >= FAULT_RATE) return undefined;
    const fault = RANDOM_KINDS[Math.floor(RANDOM_KINDS.length * Math.random())]?.();
    if (fault === undefined) return undefined;
    this.injected.set(fault.kind, (this.injected.get(fault.kind) ?? 0) + 1);
    return 'when' in fault ? fault : { ...fault, when: randomWhen(fault, operation) };
  }
}

/** Leaves out the reply that would be false: a delete's 204 though it was not executed. */
function randomWhen({ kind }: FaultKind, operation: string): ReplyFault['when'] {
  if (kind === 'noContent' && operation === 'DeleteLogStream') return 'after';
  return Math.random() < 0.5 ? 'before' : 'after';
}
