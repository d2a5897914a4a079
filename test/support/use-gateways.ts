import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { type EmbeddedLts, startEmbeddedLts } from '../../src/embedded-lts/embedded-lts.ts';
import { callLts } from './call-lts.ts';
import { type RunningGateway, type Settings, startGateway } from './gateway.ts';
import { type ScriptedServer, startScriptedServer } from './scripted-server.ts';

// Each function is to be called at the top of a file or block, and what it returns to be used inside tests only.

/** Whether something runs for all tests of the file or block, or is started for each test anew. */
type Lifetime = 'all' | 'each';

function use(lifetime: Lifetime, start: () => Promise<void>, close: () => Promise<void>): void {
  const [before, after] = lifetime === 'all' ? [beforeAll, afterAll] : [beforeEach, afterEach];
  before(start);
  after(close);
}

/** A scripted server. Before each test, what it has received and its answer are as at the start. */
export function useScriptedServer(lifetime: Lifetime = 'all'): ScriptedServer {
  const scripted = {} as ScriptedServer;
  use(
    lifetime,
    async () => void (await startScriptedServer(scripted)),
    () => scripted.close(),
  );
  beforeEach(() => scripted.reset());
  return scripted;
}

/** A gateway on a scripted server. */
export function useGateway(settings: Settings = {}, lifetime: Lifetime = 'all') {
  const gateway = {} as RunningGateway;
  const scripted = {} as ScriptedServer;
  const start = async () => {
    await startScriptedServer(scripted);
    Object.assign(gateway, await startGateway(scripted.url, settings));
  };
  const close = async () => {
    await gateway.close();
    await scripted.close();
  };
  use(lifetime, start, close);
  beforeEach(() => scripted.reset());
  return { gateway, scripted };
}

function reset({ store, faults, calls }: EmbeddedLts): void {
  store.reset();
  faults.clear();
  calls.clear();
}

/** An embedded LTS with the data of its start before each test. */
export function useEmbeddedLts(options: Parameters<typeof startEmbeddedLts>[0] = {}) {
  const lts = {} as EmbeddedLts;
  beforeAll(async () => void Object.assign(lts, await startEmbeddedLts(options)));
  beforeEach(() => reset(lts));
  afterAll(() => lts.close());
  /** Calls it, as any client of LTS would. */
  const call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
    callLts(lts.url, method, path, body, headers);
  return { lts, call };
}

/** A gateway on an embedded LTS. Each test must use up the faults that it prepares. */
export function useGatewayOnEmbeddedLts(
  settings: Settings = {},
  options: Parameters<typeof startEmbeddedLts>[0] = {},
) {
  const gateway = {} as RunningGateway;
  const lts = {} as EmbeddedLts;
  beforeAll(async () => {
    Object.assign(lts, await startEmbeddedLts(options));
    Object.assign(gateway, await startGateway(lts.url, settings));
  });
  beforeEach(() => reset(lts));
  afterEach(() => expect(lts.faults.pending).toBe(0));
  afterAll(async () => {
    await gateway.close();
    await lts.close();
  });
  return { gateway, lts };
}

/** Starts gateways that are closed after the test. */
export function useGateways(): typeof startGateway {
  const started: RunningGateway[] = [];
  afterEach(async () => {
    for (const gateway of started.splice(0)) await gateway.close();
  });
  return async (...args) => {
    const gateway = await startGateway(...args);
    started.push(gateway);
    return gateway;
  };
}

/** Starts gateways with a rate limit that are closed after the test. */
export function useRateLimitedGateways() {
  const start = useGateways();
  return (rateLimit: number, settings: Settings = {}) =>
    start('http://127.0.0.1:1', { rateLimit, ...settings });
}

/** Sends the smallest operation that counts. */
export const ask = (gateway: RunningGateway, token?: string) =>
  gateway.send('{ __typename }', {}, token === undefined ? {} : { 'x-auth-token': token });
