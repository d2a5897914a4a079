import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { type RunningGateway, startGateway, startGatewayOnEmbeddedLts } from './gateway.ts';
import { type ScriptedServer, startScriptedServer } from './scripted-server.ts';

type OnEmbeddedLts = Awaited<ReturnType<typeof startGatewayOnEmbeddedLts>>;

export interface SharedGateways extends Pick<OnEmbeddedLts, 'gateway' | 'lts'> {
  readonly scripted: ScriptedServer;
  /** In front of the scripted server. */
  readonly onScripted: RunningGateway;
  /** Sends an operation to the gateway on the embedded LTS. */
  send(query: string, variables: object): ReturnType<RunningGateway['send']>;
}

/**
 * Two gateways for all tests of a file, one on an embedded LTS and one on a scripted server, with the state of both
 * reset before each test. To be used from inside tests only: they run from `beforeAll` to `afterAll`.
 */
export function useSharedGateways(): SharedGateways {
  const shared = {
    send: (query: string, variables: object) => shared.gateway.send(query, variables),
  } as SharedGateways;
  beforeAll(async () => {
    const scripted = await startScriptedServer();
    const onScripted = await startGateway(scripted.url);
    Object.assign(shared, await startGatewayOnEmbeddedLts(), { scripted, onScripted });
  });
  beforeEach(() => {
    shared.lts.store.reset();
    shared.lts.calls.clear();
    shared.scripted.received.length = 0;
  });
  afterEach(() => expect(shared.lts.faults.pending).toBe(0));
  afterAll(async () => {
    await shared.gateway.close();
    await shared.lts.close();
    await shared.onScripted.close();
    await shared.scripted.close();
  });
  return shared;
}
