import path from 'node:path';
import { Caller } from './caller.ts';
import type { Part } from './contenders.ts';
import type { Options } from './options.ts';
import { type Cores, type Running, start } from './processes.ts';

/** How many connections a caller keeps alive, and how many requests it has in flight in a closed loop. */
export const CONNECTIONS = 32;

/** What every part is given. */
export interface Bench {
  readonly options: Options;
  readonly cores: Cores | null;
  readonly shuffle: <T>(values: readonly T[]) => T[];
  /** Tells the person who waits how far it is. */
  readonly tell: (progress: string) => void;
}

/** A contender that runs, and a caller of its own. */
export interface Participant {
  readonly name: string;
  readonly process: Running;
  readonly caller: Caller;
}

/** Load on one contender while the others are idle. */
export interface Slice {
  readonly contender: string;
  readonly requests: number;
  readonly seconds: number;
  /** CPU time of the contender's process. */
  readonly cpuMs: number;
  /** Time that it was ready to run while another process had its core. */
  readonly waitedMs: number;
  /** Resident memory at the end of the slice, and the most since the process started. */
  readonly residentMb: number;
  readonly peakMb: number;
}

/** Starts new processes of all contenders of a part and an upstream for them; ends them when `measure` is through. */
export async function withParticipants<Result>(
  part: Part,
  { options, cores, tell }: Bench,
  measure: (participants: Participant[]) => Promise<Result>,
): Promise<Result> {
  const command = [path.join(import.meta.dirname, 'upstream.ts')];
  const upstream = await start({ name: 'upstream', command, env: {}, probePath: '/' }, cores?.driver);
  const participants: Participant[] = [];
  try {
    for (const contender of options.contenders.filter(({ parts }) => parts.includes(part))) {
      tell(`${part}: starting ${contender.name}`);
      const process = await start({ ...contender, env: contender.env(upstream.url) }, cores?.contender);
      const caller = new Caller(contender, process.url, CONNECTIONS);
      participants.push({ name: contender.name, process, caller });
    }
    return await measure(participants);
  } finally {
    await Promise.all(participants.map(({ caller }) => caller.destroy()));
    await Promise.all([upstream, ...participants.map(({ process }) => process)].map((one) => one.end()));
  }
}

/** What the load cost the contender. */
export async function measureSlice(
  { name, process }: Participant,
  load: () => Promise<{ requests: number; seconds: number }>,
): Promise<Slice> {
  const cpuBefore = process.cpuMs();
  const waitedBefore = process.waitedMs();
  const { requests, seconds } = await load();
  return {
    contender: name,
    requests,
    seconds,
    cpuMs: process.cpuMs() - cpuBefore,
    waitedMs: process.waitedMs() - waitedBefore,
    ...process.memory(),
  };
}
