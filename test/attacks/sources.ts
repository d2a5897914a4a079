/** Where the requests of an attack come from, as the gateway sees it. */
export interface Source {
  /** Local address of the connection of that number. */
  addressOf(connection: number): string;
  /** What the load balancer adds to each request, where there is one. */
  readonly headers: Record<string, string>;
}

/** Where connections to 127.0.0.1 come from unless they are bound to another address. */
export const DEFAULT_ADDRESS = '127.0.0.1';

export const ONE_ADDRESS: Source = { addressOf: () => DEFAULT_ADDRESS, headers: {} };

export const MANY_ADDRESSES: Source = {
  addressOf: (connection) => `127.0.1.${1 + (connection % 250)}`,
  headers: {},
};

/** One caller behind the load balancer of the honest callers: connections alone do not tell them apart. */
export const BEHIND_LOAD_BALANCER: Source = {
  addressOf: () => DEFAULT_ADDRESS,
  headers: { 'x-forwarded-for': '203.0.113.7' },
};

/** Honest callers: never at the address of an attack, so that limits for each address count them separately. */
export const HONEST: Source = { addressOf: () => '127.0.0.2', headers: {} };

/** @param caller last byte of the address that the load balancer reports */
export const honestBehindLoadBalancer = (caller: number): Source => ({
  addressOf: () => DEFAULT_ADDRESS,
  headers: { 'x-forwarded-for': `198.51.100.${caller}` },
});

/** An honest caller who comes the same way as an attack: through the load balancer if that does. */
export const honestBeside = (attack: Source, caller: number): Source =>
  attack === BEHIND_LOAD_BALANCER ? honestBehindLoadBalancer(caller) : HONEST;
