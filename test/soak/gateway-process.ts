import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const START_MS = 15_000;

/** In the gateway's process: answers with the CPU time used so far, or the memory left after a garbage collection. */
const PROBE = `
process.on('message', async (question) => {
  if (question === 'cpu?') return process.send(process.cpuUsage());
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  process.send(process.memoryUsage());
});
process.channel.unref();`;

export interface Memory {
  /** What the program holds on to, in bytes: heap and buffers after a garbage collection. */
  readonly live: number;
  readonly rss: number;
}

export interface GatewayProcess {
  readonly url: string;
  /** Where its log is; left there for whoever wants to know why the soak failed. */
  readonly logFile: string;
  hasEnded(): boolean;
  memory(): Promise<Memory>;
  /** CPU time used so far by all of its threads, in milliseconds, as the process itself tells. */
  cpuMs(): Promise<number>;
  /** CPU time used so far in seconds; `null` where the system does not tell. */
  cpuSeconds(): number | null;
  /** Time in seconds that it was ready to run and others had its core; 0 where the system does not tell. */
  waitedSeconds(): number;
  end(): Promise<void>;
}

export interface GatewayProcessOptions {
  readonly ltsUrl: string;
  readonly env?: Record<string, string>;
  /** The one core it may use; any when left out. */
  readonly core?: number | undefined;
  readonly preload: string | null;
  /** Options of Node.js. */
  readonly nodeArguments?: readonly string[];
}

/** Starts the built gateway as in production, without a rate limit, its log going to a file. */
export async function startGatewayProcess(options: GatewayProcessOptions): Promise<GatewayProcess> {
  const logFile = path.join(mkdtempSync(path.join(tmpdir(), 'lts-gateway-soak-')), 'gateway.log');
  const log = openSync(logFile, 'w');
  const preloads = [`data:text/javascript,${encodeURIComponent(PROBE)}`, options.preload ?? []].flat();
  const command = [
    ...(options.core === undefined ? [] : ['taskset', '-c', String(options.core)]),
    process.execPath,
    '--expose-gc',
    ...(options.nodeArguments ?? []),
    ...preloads.flatMap((preload) => ['--import', preload]),
    'dist/main.js',
  ];
  const child = spawn(command[0] ?? '', command.slice(1), {
    stdio: ['ignore', log, log, 'ipc'],
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: '0',
      RATE_LIMIT: '0',
      LOG_LEVEL: 'info',
      SHUTDOWN_DELAY_MS: '0',
      LTS_ENDPOINT: options.ltsUrl,
      ...options.env,
    },
  });
  closeSync(log);
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const url = await addressIn(logFile, hasEnded);
  return {
    url,
    logFile,
    hasEnded,
    memory: () => askMemory(child),
    cpuMs: () => askCpuMs(child),
    cpuSeconds: () => cpuSecondsOf(child.pid),
    waitedSeconds: () => waitedSecondsOf(child.pid),
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

async function addressIn(logFile: string, hasEnded: () => boolean): Promise<string> {
  for (const giveUpAt = Date.now() + START_MS; Date.now() < giveUpAt && !hasEnded(); await sleep(20)) {
    const address = /http:\/\/127\.0\.0\.1:\d+(?=\/graphql)/.exec(readFileSync(logFile, 'utf8'))?.[0];
    if (address) return address;
  }
  throw new Error(`the gateway does not start: ${readFileSync(logFile, 'utf8')}`);
}

async function askMemory(child: ChildProcess): Promise<Memory> {
  const answer = once(child, 'message', { signal: AbortSignal.timeout(10_000) });
  child.send('memory?');
  const [{ heapUsed, external, rss }] = (await answer) as [NodeJS.MemoryUsage];
  return { live: heapUsed + external, rss };
}

async function askCpuMs(child: ChildProcess): Promise<number> {
  const answer = once(child, 'message', { signal: AbortSignal.timeout(60_000) });
  child.send('cpu?');
  const [{ user, system }] = (await answer) as [NodeJS.CpuUsage];
  return (user + system) / 1_000;
}

/** The least CPU time that some work cost the gateway in five tries: others' requests and the compiler cost some too. */
export async function leastCpuMs(gateway: GatewayProcess, work: () => Promise<void>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let count = 0; count < 5; count += 1) {
    const before = await gateway.cpuMs();
    await work();
    least = Math.min(least, (await gateway.cpuMs()) - before);
  }
  return least;
}

function cpuSecondsOf(pid: number | undefined): number | null {
  try {
    const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    const [userTicks, systemTicks] = fields.split(' ').slice(11, 13).map(Number);
    return ((userTicks ?? 0) + (systemTicks ?? 0)) / 100;
  } catch {
    return null;
  }
}

function waitedSecondsOf(pid: number | undefined): number {
  try {
    const [, waitedNanoseconds] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ').map(Number);
    return (waitedNanoseconds ?? 0) / 1e9;
  } catch {
    return 0;
  }
}
