import { afterEach } from '@jest/globals';
import type { Config } from '../../src/config/config.ts';
import { type RunningGateway, startGateway } from './gateway.ts';

/** To be called at the top of a file: what it returns starts gateways with a rate limit, closed after each test. */
export function useRateLimitedGateways() {
  const gateways: RunningGateway[] = [];
  afterEach(async () => {
    for (const gateway of gateways.splice(0)) await gateway.close();
  });
  return async (rateLimit: number, settings: Partial<Config> = {}): Promise<RunningGateway> => {
    const gateway = await startGateway('http://127.0.0.1:1', { rateLimit, ...settings });
    gateways.push(gateway);
    return gateway;
  };
}

/** Sends the smallest operation that counts. */
export const ask = (gateway: RunningGateway, token?: string) =>
  gateway.send('{ __typename }', {}, token === undefined ? {} : { 'x-auth-token': token });
