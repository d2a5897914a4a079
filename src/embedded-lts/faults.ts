import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { FastifyReply } from 'fastify';

/** What goes wrong with one call. */
export type FaultKind =
  /** The call takes `ms` milliseconds longer. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The connection is reset. */
  | { readonly kind: 'reset' }
  /** The connection is cut after `bytes` bytes of the body. */
  | { readonly kind: 'cutOff'; readonly bytes: number }
  /** The body comes byte by byte, `ms` milliseconds apart. */
  | { readonly kind: 'slowBody'; readonly ms: number }
  /** 502 with a page in HTML, as from the edge in front. */
  | { readonly kind: 'badGateway' }
  /** 504 with the API gateway's code. */
  | { readonly kind: 'gatewayTimeout' }
  /** 204 without a body, whatever was due. */
  | { readonly kind: 'noContent' }
  /** A `Content-Length` that is 5 bytes short of the body. */
  | { readonly kind: 'wrongLength' }
  /** 307 to another host. */
  | { readonly kind: 'redirect'; readonly to: string }
  /** 429 with the API gateway's code. */
  | { readonly kind: 'tooManyRequests' }
  /** A body of 1.5 MiB. */
  | { readonly kind: 'bigBody' }
  /** 64 MiB of zeros, in 64 kB of gzip. */
  | { readonly kind: 'gzipBomb' };

export type Fault = FaultKind & {
  /** `before`: LTS does not do the work (only later, with `delay`). `after`: it has done it. */
  readonly when: 'before' | 'after';
  /** Which call it is for, by operationId; any when left out. */
  readonly operation?: string;
  /** Which log group's calls it is for; any when left out. */
  readonly groupId?: string;
};

const HTML_502 =
  '<!DOCTYPE html><html><head><title>Error</title></head><body><H2>Error</H2>The backend server is unreachable.</body></html>';

/** An answer as LTS would give it. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Faults prepared for calls to come; each strikes once, in the order prepared. */
export class Faults {
  readonly #prepared: Fault[] = [];

  failNext(...faults: readonly Fault[]): void {
    this.#prepared.push(...faults);
  }

  /** How many have not struck yet: a test that prepares one and never meets it is wrong. */
  get pending(): number {
    return this.#prepared.length;
  }

  clear(): void {
    this.#prepared.length = 0;
  }

  take(operation: string, groupId: string | undefined): Fault | undefined {
    const index = this.#prepared.findIndex(
      (fault) =>
        (fault.operation === undefined || fault.operation === operation) &&
        (fault.groupId === undefined || fault.groupId === groupId),
    );
    return index === -1 ? undefined : this.#prepared.splice(index, 1)[0];
  }
}

/**
 * Lets a fault strike.
 *
 * @param answer what LTS would have said
 * @returns whether the call is over; otherwise it goes on as if nothing had been
 */
export async function strike(fault: Fault, reply: FastifyReply, answer: Answer): Promise<boolean> {
  if (fault.kind === 'delay') {
    await sleep(fault.ms, undefined, { ref: false }); // nothing of it need keep a process from its end
    return false;
  }
  reply.hijack();
  const { raw } = reply;
  const headers = {
    'content-type': 'application/json',
    'x-request-id': String(reply.getHeader('X-Request-Id')),
  };
  const length = Buffer.byteLength(answer.body);
  switch (fault.kind) {
    case 'reset':
      raw.socket?.resetAndDestroy();
      break;
    case 'cutOff':
      raw.writeHead(answer.status, { ...headers, 'content-length': length });
      raw.write(answer.body.slice(0, fault.bytes), () => raw.destroy());
      break;
    case 'slowBody':
      raw.writeHead(answer.status, { ...headers, 'content-length': length });
      for (const character of answer.body) {
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
      raw.writeHead(answer.status, { ...headers, 'content-length': length - 5 }).end(answer.body);
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
      raw.writeHead(answer.status, headers).end(`"${'x'.repeat(1.5 * 1024 * 1024)}"`);
      break;
    case 'gzipBomb':
      raw.writeHead(answer.status, { ...headers, 'content-encoding': 'gzip' }).end(bomb());
      break;
  }
  return true;
}

let packed: Buffer | undefined;
function bomb(): Buffer {
  packed ??= gzipSync(Buffer.alloc(64 * 1024 * 1024));
  return packed;
}
