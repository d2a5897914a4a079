import fc from 'fast-check';
import type { GatewayProcess } from '../soak/gateway-process.ts';
import type { HttpClient } from '../soak/http-client.ts';
import type { LtsStub } from '../soak/lts-stub.ts';
import type { Report } from '../soak/report.ts';
import type { Source } from './sources.ts';

/** Makes the gateway accept a GET: Apollo Server's CSRF prevention requires a header that HTML forms cannot send. */
export const CSRF_HEADERS = { 'apollo-require-preflight': '1' };

export interface AttackContext {
  readonly gateway: GatewayProcess;
  readonly lts: LtsStub;
  readonly source: Source;
  /** Sends from the source. */
  readonly attacker: HttpClient;
  readonly report: Report;
}

/** `ATTACK_SEED` sets the seed, to generate the same values again. */
export function generate<T>(arbitrary: fc.Arbitrary<T>, count: number): [name: string, value: T][] {
  const seed = Number(process.env.ATTACK_SEED) || Math.floor(Math.random() * 2 ** 31);
  return fc
    .sample(arbitrary, { numRuns: count, seed })
    .map((value, index) => [`generated ${index} with seed ${seed}`, value]);
}

/** The least of five tries, without most of the CPU time of honest callers' requests and of V8's compiler. */
export async function minCpuMs(gateway: GatewayProcess, send: () => Promise<void>): Promise<number> {
  let min = Number.POSITIVE_INFINITY;
  for (let count = 0; count < 5; count += 1) {
    const before = await gateway.cpuMs();
    await send();
    min = Math.min(min, (await gateway.cpuMs()) - before);
  }
  return min;
}

/** @returns a function that ends it, and returns the maximum in bytes; 0 where there is no `/proc` */
export function measureMaxResident(gateway: GatewayProcess): () => number {
  let max = 0;
  const timer = setInterval(() => {
    max = Math.max(max, gateway.residentBytes() || 0);
  }, 50);
  return () => {
    clearInterval(timer);
    return max;
  };
}

/** Calls `send` `total` times, `concurrency` at a time. */
export async function repeat(
  total: number,
  concurrency: number,
  send: (worker: number) => Promise<void>,
): Promise<void> {
  let left = total;
  const work = async (_: unknown, worker: number) => {
    while (left-- > 0) await send(worker);
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}
