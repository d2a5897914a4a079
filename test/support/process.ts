import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { TOKEN } from './gateway.ts';
import { recordOutput, recordToken } from './recorded-output.ts';
import { until } from './until.ts';

recordToken(DEMO.token);

/** The built gateway. */
const ENTRY = 'dist/main.js';

const children: ChildProcess[] = [];
export function killProcesses(): void {
  for (const child of children.splice(0)) child.kill('SIGKILL');
}

export interface StartedProcess {
  child: ChildProcess;
  url: string;
  output(): string;
  exited: Promise<number | null>;
}

/** Starts the gateway, or what `args` say, and waits until it prints its URL. */
export async function startProcess(
  env: Record<string, string>,
  { args = [ENTRY], cwd = '.' }: { args?: string[]; cwd?: string } = {},
): Promise<StartedProcess> {
  const child = spawn(process.execPath, args, { cwd, env: { PATH: process.env.PATH, PORT: '0', ...env } });
  children.push(child);
  let output = '';
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk;
      recordOutput(withoutDemoToken(String(chunk)));
      const found = /http:\/\/[\d.]+:\d+/.exec(output)?.[0];
      if (found) resolve(found.replace('0.0.0.0', '127.0.0.1'));
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    void exited.then((code) => reject(new Error(`exit ${code}: ${output}`)));
  });
  return { child, url, output: () => output, exited };
}

/** Starts the gateway in production, without a rate limit and without a delay when it shuts down. */
export const startInProduction = (ltsEndpoint: string, env: Record<string, string> = {}) =>
  startProcess({
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    RATE_LIMIT: '0',
    SHUTDOWN_DELAY_MS: '0',
    LTS_ENDPOINT: ltsEndpoint,
    ...env,
  });

/** Waits until nobody can connect any more. */
export const untilClosed = (url: string) =>
  until(() =>
    fetch(`${url}/readyz`).then(
      () => false,
      () => true,
    ),
  );

/** The token that the start-up text shows is no leak. */
const withoutDemoToken = (text: string) => text.replace(/^\s+token .*$|^\s*curl .*$/gm, '');

/** Starts the gateway, and waits until it exits. */
export async function runProcess(
  env: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [ENTRY], { env: { PATH: process.env.PATH, ...env } });
  children.push(child);
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  return { code, output };
}

export async function post(
  url: string,
  query: string,
  variables: object,
  headers: Record<string, string> = {},
) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-token': TOKEN, ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as any;
}
