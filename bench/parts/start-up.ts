import type { Bench } from '../participants.ts';
import { start } from '../processes.ts';

export interface StartUpResult {
  readonly starts: readonly {
    readonly contender: string;
    /** From the start of the process to the first 200. */
    readonly ms: number;
    /** CPU time of the process until then. */
    readonly cpuMs: number;
    readonly residentMb: number;
  }[];
}

/** Nothing listens there: no contender calls its upstream while it starts. */
const NO_UPSTREAM = 'http://127.0.0.1:9';

/** How long it takes until a new process answers. */
export async function measureStartUp({ options, cores, tell }: Bench): Promise<StartUpResult> {
  const starts: StartUpResult['starts'][number][] = [];
  const contenders = options.contenders.filter(({ parts }) => parts.includes('start-up'));
  for (let round = 1; round <= options.starts; round += 1) {
    tell(`start-up: ${round} of ${options.starts}`);
    for (const contender of contenders) {
      const program = { ...contender, env: contender.env(NO_UPSTREAM) };
      const process = await start(program, cores?.contender);
      const cpuMs = process.cpuMs();
      starts.push({
        contender: contender.name,
        ms: process.startMs,
        cpuMs,
        residentMb: process.memory().residentMb,
      });
      await process.end();
    }
  }
  return { starts };
}
