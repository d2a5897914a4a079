import type { OperationId } from './authorize.ts';

/** The operations that a log group or log stream is created by. */
export const CREATE_OPERATIONS = ['CreateLogGroup', 'CreateLogStream'] as const satisfies OperationId[];

/** The faults that can be injected before the operation or after it. What each does is in `FAULT_KINDS`. */
export type FaultKind =
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'reset' }
  | { readonly kind: 'cutOff'; readonly bytes: number }
  | { readonly kind: 'slowBody'; readonly ms: number }
  | { readonly kind: 'badGateway' }
  | { readonly kind: 'gatewayTimeout' }
  | { readonly kind: 'noContent' }
  | { readonly kind: 'wrongLength' }
  | { readonly kind: 'redirect'; readonly to: string }
  | { readonly kind: 'bigBody' }
  | { readonly kind: 'gzipBomb' };

/** Refusals of the API gateway in front of LTS, which never executes the operation then. */
export interface GatewayRefusal {
  readonly kind: 'tooManyRequests' | 'missingApi';
  readonly when: 'before';
}

/**
 * What is missing in the lists exists all the same: its name is taken, and it can be updated and deleted. The fault waits
 * for a create that succeeds; another fault may apply to the same call.
 */
export interface StaleList {
  readonly kind: 'staleList';
  readonly when: 'after';
  readonly ms: number;
  /** By default both. */
  readonly operation?: (typeof CREATE_OPERATIONS)[number];
}

export type Fault = FaultTarget &
  (
    | (FaultKind & {
        /** `before`: the operation is not executed (with `delay`, it is executed late). `after`: it has been. */
        readonly when: 'before' | 'after';
      })
    | GatewayRefusal
    | StaleList
  );

/** A fault of one reply. */
export type ReplyFault = Exclude<Fault, StaleList>;

interface FaultTarget {
  /** The operationId of the call that it is for, by default any. */
  readonly operation?: string;
  /** The log group whose calls it is for, by default any. */
  readonly groupId?: string;
}

/** Faults for later calls. Each is injected once, in the order of `failNext`. */
export class Faults {
  readonly #pending: Fault[] = [];

  failNext(...faults: readonly Fault[]): void {
    this.#pending.push(...faults);
  }

  /** How many have not been injected yet: not 0 at the end of a test whose faults never took effect. */
  get pending(): number {
    return this.#pending.length;
  }

  clear(): void {
    this.#pending.length = 0;
  }

  /** The fault to inject into this call, which is then no longer pending. */
  take(operation: string, groupId: string | undefined): ReplyFault | undefined {
    return this.#take(operation, groupId, (fault): fault is ReplyFault => fault.kind !== 'staleList');
  }

  /** The same for what this call does to lists. */
  takeStaleList(operation: string, groupId: string | undefined): StaleList | undefined {
    if (!CREATE_OPERATIONS.some((create) => create === operation)) return undefined;
    return this.#take(operation, groupId, (fault): fault is StaleList => fault.kind === 'staleList');
  }

  #take<T extends Fault>(
    operation: string,
    groupId: string | undefined,
    isWanted: (fault: Fault) => fault is T,
  ): T | undefined {
    const found = this.#pending.find(
      (fault): fault is T =>
        isWanted(fault) &&
        (fault.operation === undefined || fault.operation === operation) &&
        (fault.groupId === undefined || fault.groupId === groupId),
    );
    if (found) this.#pending.splice(this.#pending.indexOf(found), 1);
    return found;
  }
}
