import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { FastifyReply } from 'fastify';
import { CREATE_OPERATIONS, type CreateOperation } from './authorize.ts';
import { LTS_ERRORS } from './errors.ts';

/** The faults that can be injected before the operation or after it. */
export type FaultKind =
  /** The call takes `ms` milliseconds longer. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The connection is reset. */
  | { readonly kind: 'reset' }
  /** The connection is closed after `bytes` characters of the body. */
  | { readonly kind: 'cutOff'; readonly bytes: number }
  /** The body is sent one character every `ms` milliseconds. */
  | { readonly kind: 'slowBody'; readonly ms: number }
  /** 502 with an HTML page, as from a proxy in front of LTS. */
  | { readonly kind: 'badGateway' }
  /** 504 with the API gateway's error code. */
  | { readonly kind: 'gatewayTimeout' }
  /** 204 without a body, for any operation. */
  | { readonly kind: 'noContent' }
  /** A `Content-Length` that is 5 bytes short of the body. */
  | { readonly kind: 'wrongLength' }
  /** 307 to another host. */
  | { readonly kind: 'redirect'; readonly to: string }
  /** A body of 1.5 MiB. */
  | { readonly kind: 'bigBody' }
  /** 64 MiB of zeros, compressed to 64 kB. */
  | { readonly kind: 'gzipBomb' };

/**
 * Refusals of the API gateway in front of LTS, which never executes the operation then: 429 with its error code, or 404
 * as where the API is not published.
 */
export interface GatewayRefusal {
  readonly kind: 'tooManyRequests' | 'missingApi';
  readonly when: 'before';
}

/**
 * What a create has created is missing in all lists for `ms` milliseconds. It exists all the same: its name is taken,
 * and it can be updated and deleted. The fault waits for a create that succeeds; another fault may apply to the same
 * call.
 */
export interface StaleList {
  readonly kind: 'staleList';
  readonly when: 'after';
  readonly ms: number;
  /** By default both. */
  readonly operation?: CreateOperation;
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

const HTML_502 =
  '<!DOCTYPE html><html><head><title>Error</title></head><body><H2>Error</H2>The backend server is unreachable.</body></html>';

export interface LtsReply {
  readonly status: number;
  readonly body: string;
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

/**
 * @param original the reply that the fault cuts off, slows down or replaces
 * @returns whether the fault has replied; if not, the caller replies
 */
export async function injectFault(
  fault: ReplyFault,
  reply: FastifyReply,
  original: LtsReply,
): Promise<boolean> {
  if (fault.kind === 'delay') {
    await sleep(fault.ms, undefined, { ref: false }); // must not keep a process alive that has nothing else to do
    return false;
  }
  reply.hijack();
  const { raw } = reply;
  const requestId = String(reply.getHeader('X-Request-Id'));
  const headers = {
    'content-type': 'application/json',
    'x-request-id': requestId,
  };
  const length = Buffer.byteLength(original.body);
  switch (fault.kind) {
    case 'reset':
      raw.socket?.resetAndDestroy();
      break;
    case 'cutOff':
      raw.writeHead(original.status, { ...headers, 'content-length': length });
      raw.write(original.body.slice(0, fault.bytes), () => raw.destroy());
      break;
    case 'slowBody':
      raw.writeHead(original.status, { ...headers, 'content-length': length });
      for (const character of original.body) {
        if (raw.destroyed) break;
        raw.write(character);
        await sleep(fault.ms);
      }
      raw.end();
      break;
    case 'badGateway':
      raw.writeHead(502, { 'content-type': 'text/html' }).end(HTML_502);
      break;
    case 'gatewayTimeout':
      raw.writeHead(504, headers).end('{"error_code":"APIGW.0203","error_msg":"Backend timeout"}');
      break;
    case 'noContent':
      raw.writeHead(204).end();
      break;
    case 'wrongLength':
      raw.writeHead(original.status, { ...headers, 'content-length': length - 5 }).end(original.body);
      break;
    case 'redirect':
      raw.writeHead(307, { location: fault.to }).end();
      break;
    case 'tooManyRequests':
      raw
        .writeHead(429, headers)
        .end('{"error_code":"APIGW.0308","error_msg":"The throttling threshold has been reached."}');
      break;
    case 'bigBody':
      raw.writeHead(original.status, headers).end(`"${'x'.repeat(1.5 * 1024 * 1024)}"`);
      break;
    case 'gzipBomb':
      raw.writeHead(original.status, { ...headers, 'content-encoding': 'gzip' }).end(gzipBomb());
      break;
    case 'missingApi': {
      const { status, error_msg } = LTS_ERRORS['APIGW.0101'];
      const body = { error_code: 'APIGW.0101', error_msg, request_id: requestId };
      raw.writeHead(status, headers).end(JSON.stringify(body));
      break;
    }
    default:
      fault satisfies never;
  }
  return true;
}

let cachedBomb: Buffer | undefined;
function gzipBomb(): Buffer {
  cachedBomb ??= gzipSync(Buffer.alloc(64 * 1024 * 1024));
  return cachedBomb;
}
