import { randomUUID } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { FastifyReply } from 'fastify';
import { EDITIONS, type EditionName } from './editions.ts';
import { LTS_ERRORS } from './errors.ts';

/** The operations that change what lists have. */
const CREATE_OPERATIONS: readonly string[] = ['CreateLogGroup', 'CreateLogStream'];
const LISTED_OPERATIONS = ['CreateLogGroup', 'CreateLogStream', 'DeleteLogGroup', 'DeleteLogStream'] as const;

/** The faults that can be injected before the operation or after it. What each does is in `FAULT_KINDS`. */
export type FaultKind =
  | { readonly kind: 'reset' | 'badGateway' | 'gatewayTimeout' | 'noContent' }
  | { readonly kind: 'wrongLength' | 'bigBody' | 'gzipBomb' }
  | { readonly kind: 'delay' | 'slowBody' | 'strayReply'; readonly ms: number }
  | { readonly kind: 'cutOff'; readonly bytes: number }
  | { readonly kind: 'redirect'; readonly to: string };

/** Refusals of the API gateway in front of LTS, which never executes the operation then. */
export type GatewayRefusal = { readonly when: 'before' } & (
  | { readonly kind: 'missingApi' }
  | {
      readonly kind: 'tooManyRequests';
      /** Seconds. */
      readonly retryAfter?: number;
    }
);

/** ListLogs has not found everything yet. The fault waits for a ListLogs. */
export interface IncompleteReply {
  readonly kind: 'incomplete';
  readonly when: 'after';
  readonly operation?: 'ListLogs';
}

/**
 * Lists are as they were before the operation. What is missing in them exists all the same: its name is taken, and it
 * can be updated and deleted. The fault waits for a create or delete that succeeds; another fault may apply to the same
 * call.
 */
export interface StaleList {
  readonly kind: 'staleList';
  readonly when: 'after';
  readonly ms: number;
  /** By default both creates. */
  readonly operation?: (typeof LISTED_OPERATIONS)[number];
}

export type Fault = FaultTarget &
  (
    | (FaultKind & {
        /** `before`: the operation is not executed (with `delay`, it is executed late). `after`: it has been. */
        readonly when: 'before' | 'after';
      })
    | GatewayRefusal
    | IncompleteReply
    | StaleList
  );

/** A fault of one reply. */
export type ReplyFault = Exclude<Fault, StaleList>;

interface FaultTarget {
  /** The operationId of the call that it is for, by default any. */
  readonly operation?: string;
  /** The log group whose calls it is for, by default any. */
  readonly groupId?: string;
  /** How many calls it is injected into, by default one. */
  readonly times?: number;
}

interface Parameters {
  readonly ms: number;
  readonly bytes: number;
  readonly to: string;
  readonly retryAfter?: number;
}

/** The reply that a fault cuts off, slows down or replaces. */
interface OriginalReply {
  readonly status: number;
  readonly body: string;
  readonly edition: EditionName;
}

export interface FaultRule {
  /** What it does, for a person. */
  readonly effect: string;
  readonly when: readonly Fault['when'][];
  readonly parameter?: keyof Parameters;
  readonly optionalParameter?: keyof Parameters;
  /** By default all. */
  readonly operations?: readonly string[];
  /** Waits, or replies in place of the operation. */
  run(reply: FastifyReply, original: OriginalReply, parameters: Parameters): unknown;
}

const BOTH = ['before', 'after'] as const;

/** What each kind of fault does, and what it takes. */
export const FAULT_KINDS: Readonly<Record<Fault['kind'], FaultRule>> = {
  delay: {
    effect: 'The call takes ms milliseconds longer.',
    when: BOTH,
    parameter: 'ms',
    run: (_reply, _original, { ms }) => sleepUnlessDone(ms),
  },
  reset: {
    effect: 'The connection is reset.',
    when: BOTH,
    run: (reply) => takeOver(reply).raw.socket?.resetAndDestroy(),
  },
  cutOff: {
    effect: 'The connection is closed after so many characters of the body.',
    when: BOTH,
    parameter: 'bytes',
    run(reply, { status, body }, { bytes }) {
      const { raw, headers } = takeOver(reply);
      raw.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
      raw.write(body.slice(0, bytes), () => raw.destroy());
    },
  },
  slowBody: {
    effect: 'The body is sent one character every ms milliseconds.',
    when: BOTH,
    parameter: 'ms',
    async run(reply, { status, body }, { ms }) {
      const { raw, headers } = takeOver(reply);
      raw.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
      for (const character of body) {
        if (raw.destroyed) break;
        raw.write(character);
        await sleep(ms);
      }
      raw.end();
    },
  },
  badGateway: {
    effect: '502 with an HTML page.',
    when: BOTH,
    run: (reply) => takeOver(reply).raw.writeHead(502, { 'content-type': 'text/html' }).end(HTML_502),
  },
  gatewayTimeout: {
    effect: '504 APIGW.0203.',
    when: BOTH,
    run: (reply) => send(reply, 504, { error_code: 'APIGW.0203', error_msg: 'Backend timeout' }),
  },
  noContent: {
    effect: '204 without a body.',
    when: BOTH,
    run: (reply) => takeOver(reply).raw.writeHead(204).end(),
  },
  wrongLength: {
    effect: 'A Content-Length that is 5 bytes short of the body.',
    when: BOTH,
    run(reply, { status, body }) {
      const { raw, headers } = takeOver(reply);
      raw.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) - 5 }).end(body);
    },
  },
  redirect: {
    effect: '307 to another URL.',
    when: BOTH,
    parameter: 'to',
    run: (reply, _original, { to }) => takeOver(reply).raw.writeHead(307, { location: to }).end(),
  },
  tooManyRequests: {
    effect: '429 APIGW.0308; with retryAfter, it has a Retry-After of so many seconds.',
    when: ['before'],
    optionalParameter: 'retryAfter',
    run(reply, _original, { retryAfter }) {
      const { status, error_msg } = LTS_ERRORS['APIGW.0308'];
      const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
      send(reply, status, { error_code: 'APIGW.0308', error_msg }, headers);
    },
  },
  bigBody: {
    effect: 'A body of 1.5 MiB.',
    when: BOTH,
    run(reply, { status }) {
      const { raw, headers } = takeOver(reply);
      raw.writeHead(status, headers).end(`"${'x'.repeat(1.5 * 1024 * 1024)}"`);
    },
  },
  gzipBomb: {
    effect: '64 MiB of zeros, compressed to 64 kB.',
    when: BOTH,
    run(reply, { status }) {
      const { raw, headers } = takeOver(reply);
      raw.writeHead(status, { ...headers, 'content-encoding': 'gzip' }).end(gzipBomb());
    },
  },
  strayReply: {
    effect: 'Another reply follows on the same connection after ms milliseconds.',
    when: ['after'],
    parameter: 'ms',
    async run(reply, { status, body }, { ms }) {
      const { raw, headers } = takeOver(reply);
      const { socket } = raw; // the response has none any more when it has ended
      raw.writeHead(status, headers).end(body);
      await sleepUnlessDone(ms);
      socket?.write(STRAY_REPLY);
    },
  },
  missingApi: {
    effect: '404 APIGW.0101, as where the API is not published.',
    when: ['before'],
    run(reply) {
      const { status, error_msg } = LTS_ERRORS['APIGW.0101'];
      const request_id = reply.getHeader('X-Request-Id');
      send(reply, status, { error_code: 'APIGW.0101', error_msg, request_id });
    },
  },
  incomplete: {
    effect: 'isQueryComplete is false, and the first half of the logs is there.',
    when: ['after'],
    operations: ['ListLogs'],
    run(reply, { status, body, edition }) {
      if (status !== 200) return;
      const { logs, ...others } = JSON.parse(body) as { logs: unknown[] };
      // Where a call cannot have a scroll_id, no reply gives one.
      const hasScrolls = !EDITIONS[edition].unqueried.includes('scroll_id');
      const half = logs.slice(0, Math.floor(logs.length / 2));
      send(reply, status, {
        ...others,
        logs: half,
        isQueryComplete: false,
        ...(hasScrolls && { scrollId: randomUUID() }),
      });
    },
  },
  staleList: {
    effect:
      'For ms milliseconds, all lists lack what the create has created, or still have what the delete has deleted.',
    when: ['after'],
    parameter: 'ms',
    operations: LISTED_OPERATIONS,
    run() {}, // the store delays the lists
  },
};

/** Faults for later calls. Each is injected once, or as many `times` as it says, in the order of `failNext`. */
export class Faults {
  readonly #pending: { readonly fault: Fault; times: number }[] = [];

  failNext(...faults: readonly Fault[]): void {
    for (const fault of faults) this.#pending.push({ fault, times: fault.times ?? 1 });
  }

  /** How often one is still to be injected: not 0 at the end of a test whose faults never took effect. */
  get pending(): number {
    return this.#pending.reduce((sum, { times }) => sum + times, 0);
  }

  /** The faults that are still to be injected, with the `times` that are left. */
  list(): Fault[] {
    return this.#pending.map(({ fault, times }) => ({ ...fault, times }));
  }

  clear(): void {
    this.#pending.length = 0;
  }

  /** The fault to inject into this call, which is then no longer pending. */
  take(operation: string, groupId: string | undefined): ReplyFault | undefined {
    return this.#take(
      operation,
      groupId,
      (fault): fault is ReplyFault =>
        fault.kind !== 'staleList' && (fault.kind !== 'incomplete' || operation === 'ListLogs'),
    );
  }

  /** The same for what this call does to lists. */
  takeStaleList(operation: string, groupId: string | undefined): StaleList | undefined {
    const isCreate = CREATE_OPERATIONS.includes(operation);
    return this.#take(
      operation,
      groupId,
      (fault): fault is StaleList =>
        fault.kind === 'staleList' && (isCreate || fault.operation === operation),
    );
  }

  #take<T extends Fault>(
    operation: string,
    groupId: string | undefined,
    isWanted: (fault: Fault) => fault is T,
  ): T | undefined {
    for (const [index, entry] of this.#pending.entries()) {
      const { fault } = entry;
      const fits =
        isWanted(fault) &&
        (fault.operation === undefined || fault.operation === operation) &&
        (fault.groupId === undefined || fault.groupId === groupId);
      if (!fits) continue;
      entry.times -= 1;
      if (entry.times === 0) this.#pending.splice(index, 1);
      return fault;
    }
    return undefined;
  }
}

/**
 * Carries out a fault.
 *
 * @returns whether it has replied; if not, the caller replies
 */
export async function injectFault(
  fault: ReplyFault,
  reply: FastifyReply,
  original: OriginalReply,
): Promise<boolean> {
  await FAULT_KINDS[fault.kind].run(reply, original, fault as unknown as Parameters);
  return reply.sent;
}

const HTML_502 =
  '<!DOCTYPE html><html><head><title>Error</title></head><body><H2>Error</H2>The backend server is unreachable.</body></html>';

/** To no request: what it says never was. */
const STRAY_BODY = '{"log_group_id":"stray","log_stream_id":"stray","log_groups":[],"log_streams":[]}';
const STRAY_REPLY = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${STRAY_BODY.length}\r\n\r\n${STRAY_BODY}`;

/** From now on Fastify does not reply. */
function takeOver(reply: FastifyReply) {
  reply.hijack();
  const headers = {
    'content-type': 'application/json',
    'x-request-id': String(reply.getHeader('X-Request-Id')),
  };
  return { raw: reply.raw, headers };
}

function send(reply: FastifyReply, status: number, body: object, additional: OutgoingHttpHeaders = {}): void {
  const { raw, headers } = takeOver(reply);
  raw.writeHead(status, { ...headers, ...additional }).end(JSON.stringify(body));
}

/** Does not keep a process alive that has nothing else to do. */
function sleepUnlessDone(ms: number): Promise<void> {
  return sleep(ms, undefined, { ref: false });
}

let cachedBomb: Buffer | undefined;
function gzipBomb(): Buffer {
  cachedBomb ??= gzipSync(Buffer.alloc(64 * 1024 * 1024));
  return cachedBomb;
}
