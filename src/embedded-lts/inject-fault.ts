import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { FastifyReply } from 'fastify';
import { LTS_ERRORS } from './errors.ts';
import type { ReplyFault } from './faults.ts';

const HTML_502 =
  '<!DOCTYPE html><html><head><title>Error</title></head><body><H2>Error</H2>The backend server is unreachable.</body></html>';

export interface OriginalReply {
  readonly status: number;
  readonly body: string;
}

/**
 * Carries out a fault: replies in its way, or waits.
 *
 * @param original the reply that the fault cuts off, slows down or replaces
 * @returns whether the fault has replied; if not, the caller replies
 */
export async function injectFault(
  fault: ReplyFault,
  reply: FastifyReply,
  original: OriginalReply,
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
