import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const START_MS = 20_000;
/** Linux counts CPU time in ticks of 10 ms (`getconf CLK_TCK`). */
const TICK_MS = 10;

export interface Program {
  readonly name: string;
  /** Arguments of Node.js. */
  readonly command: readonly string[];
  readonly env: Record<string, string>;
  /** It is up when a GET of this path answers 200. */
  readonly probePath: string;
}

export interface Running {
  readonly url: string;
  /** Time from the start of the process to the first 200. */
  readonly startMs: number;
  /** CPU time of all threads of the process so far. */
  cpuMs(): number;
  /** Time that its main thread was ready to run while another process had the core. */
  waitedMs(): number;
  /** Resident memory in MB: now, and the most so far. */
  memory(): { residentMb: number; peakMb: number };
  end(): Promise<void>;
}

/** The core of the contenders, and that of the driver and the upstream. */
export interface Cores {
  readonly contender: number;
  readonly driver: number;
}

/**
 * Pins this process to the second core that it may use, so that the first is the contenders' alone.
 *
 * @returns `null` where there is one core, or no taskset
 */
export function pinDriver(): Cores | null {
  const status = readFileSync('/proc/self/status', 'utf8');
  const [, allowed = ''] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status) ?? [];
  const [contender, driver] = allowed.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  if (contender === undefined || driver === undefined) return null;
  const isPinned = spawnSync('taskset', ['-acp', String(driver), String(process.pid)]).status === 0;
  return isPinned ? { contender, driver } : null;
}

const logs = mkdtempSync(path.join(tmpdir(), 'lts-gateway-bench-'));
const children = new Set<ChildProcess>();
// Whatever ends the benchmark, nothing is left behind.
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(logs, { recursive: true, force: true });
});

/** Starts a Node.js program on a core of its own, its output going to a file, and waits until it is up. */
export async function start(program: Program, core: number | undefined): Promise<Running> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const pin = core === undefined ? [] : ['taskset', '-c', String(core)];
  const [command = '', ...commandArguments] = [...pin, process.execPath, ...program.command];
  const logFile = path.join(logs, `${program.name}.log`);
  const log = openSync(logFile, 'w');
  const startedAt = performance.now();
  const child = spawn(command, commandArguments, {
    stdio: ['ignore', log, log],
    env: { PATH: process.env.PATH, NODE_ENV: 'production', PORT: String(port), ...program.env },
  });
  closeSync(log);
  children.add(child);
  child.once('exit', () => children.delete(child));

  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  while (!(await isUp(url + program.probePath))) {
    if (hasEnded() || performance.now() - startedAt > START_MS) {
      throw new Error(`${program.name} does not start: ${readFileSync(logFile, 'utf8').slice(-2_000)}`);
    }
    await sleep(2);
  }
  return {
    url,
    startMs: performance.now() - startedAt,
    cpuMs: () => cpuMsOf(child.pid),
    waitedMs: () => waitedMsOf(child.pid),
    memory: () => memoryOf(child.pid),
    async end() {
      if (hasEnded()) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const killing = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await exited;
      clearTimeout(killing);
    },
  };
}

async function isUp(url: string): Promise<boolean> {
  try {
    // Apollo Server refuses a simple GET, which a page of another site could send.
    const response = await fetch(url, { headers: { 'apollo-require-preflight': 'true' } });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

/** utime and stime, the 14th and 15th field; the second is a name in parentheses that may have spaces. */
function cpuMsOf(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** The main thread also waits while other threads of its process run, for the garbage collection say: that is left out. */
function waitedMsOf(pid: number | undefined): number {
  const [ran, waited] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ').map(Number);
  const ofOtherThreads = cpuMsOf(pid) - Number(ran) / 1e6;
  return Number(waited) / 1e6 - ofOtherThreads;
}

function memoryOf(pid: number | undefined): { residentMb: number; peakMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string) =>
    Math.round(Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024);
  return { residentMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM') };
}
