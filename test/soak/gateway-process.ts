import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const START_TIMEOUT_MS = 15_000;

const SEMI_SPACE_MIB = 8; // as in the image
/** V8 grows its young generation up to three semi-spaces as objects come faster, whether or not any of them stay. */
export const MAX_YOUNG_GENERATION_BYTES = 3 * SEMI_SPACE_MIB * 1024 * 1024;

/** Runs in the gateway's process, and reports its CPU time, or its memory after a garbage collection, by IPC. */
const MEASURING_MODULE = `
process.on('message', async (question) => {
  if (question === 'cpu') return process.send(process.cpuUsage());
  for (let count = 0; count < 3; count += 1) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  process.send(process.memoryUsage());
});
process.channel.unref();`;

/** In bytes. */
export interface MemoryUsage {
  /** Heap and buffers after a garbage collection. */
  readonly live: number;
  readonly rss: number;
}

export interface GatewayProcess {
  readonly url: string;
  /** Not deleted, for the analysis of failures. */
  readonly logFile: string;
  hasExited(): boolean;
  /** Resident memory in bytes, without its event loop; NaN where there is no `/proc`, or the process has ended. */
  residentBytes(): number;
  memory(): Promise<MemoryUsage>;
  /** CPU time of all its threads so far, to the microsecond. Waits for its event loop. */
  cpuMs(): Promise<number>;
  /** The same to 10 ms, without its event loop; NaN where there is no `/proc`. */
  cpuSeconds(): number;
  /** Time so far in which it was ready to run but had no core; 0 where there is no `/proc`. */
  cpuWaitSeconds(): number;
  stop(): Promise<void>;
}

export interface GatewayProcessOptions {
  readonly ltsUrl: string;
  readonly env?: Record<string, string>;
  /** The only core that it may use, by default any. */
  readonly core?: number | undefined;
  readonly preload: string | null;
  readonly nodeOptions?: readonly string[];
}

/** Starts the built gateway with production settings, but without a rate limit, and with its log in a file. */
export async function startGatewayProcess(options: GatewayProcessOptions): Promise<GatewayProcess> {
  const logFile = path.join(mkdtempSync(path.join(tmpdir(), 'lts-gateway-soak-')), 'gateway.log');
  const log = openSync(logFile, 'w');
  const preloads = [
    `data:text/javascript,${encodeURIComponent(MEASURING_MODULE)}`,
    options.preload ?? [],
  ].flat();
  const command = [
    ...(options.core === undefined ? [] : ['taskset', '-c', String(options.core)]),
    process.execPath,
    '--expose-gc',
    `--max-semi-space-size=${SEMI_SPACE_MIB}`,
    '--heap-growing-percent=100',
    ...(options.nodeOptions ?? []),
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
  const hasExited = () => child.exitCode !== null || child.signalCode !== null;
  const url = await waitForUrl(logFile, hasExited);
  return {
    url,
    logFile,
    hasExited,
    residentBytes: () => readResidentBytes(child.pid),
    memory: () => measureMemory(child),
    cpuMs: () => measureCpuMs(child),
    cpuSeconds: () => readCpuSeconds(child.pid),
    cpuWaitSeconds: () => readCpuWaitSeconds(child.pid),
    async stop() {
      if (hasExited()) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const killTimer = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await exited;
      clearTimeout(killTimer);
    },
  };
}

async function waitForUrl(logFile: string, hasExited: () => boolean): Promise<string> {
  for (
    const giveUpAt = Date.now() + START_TIMEOUT_MS;
    Date.now() < giveUpAt && !hasExited();
    await sleep(20)
  ) {
    const url = /http:\/\/127\.0\.0\.1:\d+(?=\/graphql)/.exec(readFileSync(logFile, 'utf8'))?.[0];
    if (url) return url;
  }
  throw new Error(`the gateway does not start: ${readFileSync(logFile, 'utf8')}`);
}

async function measureMemory(child: ChildProcess): Promise<MemoryUsage> {
  const reported = once(child, 'message', { signal: AbortSignal.timeout(10_000) });
  child.send('memory');
  const [{ heapUsed, external, rss }] = (await reported) as [NodeJS.MemoryUsage];
  return { live: heapUsed + external, rss };
}

async function measureCpuMs(child: ChildProcess): Promise<number> {
  const reported = once(child, 'message', { signal: AbortSignal.timeout(60_000) });
  child.send('cpu');
  const [{ user, system }] = (await reported) as [NodeJS.CpuUsage];
  return (user + system) / 1_000;
}

function readResidentBytes(pid: number | undefined): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
  } catch {
    return Number.NaN;
  }
}

function readCpuSeconds(pid: number | undefined): number {
  try {
    const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    const [userTicks, systemTicks] = fields.split(' ').slice(11, 13).map(Number);
    return ((userTicks ?? 0) + (systemTicks ?? 0)) / 100;
  } catch {
    return Number.NaN;
  }
}

function readCpuWaitSeconds(pid: number | undefined): number {
  try {
    const [, waitNanoseconds] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ').map(Number);
    return (waitNanoseconds ?? 0) / 1e9;
  } catch {
    return 0;
  }
}
