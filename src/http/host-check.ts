import { isIP } from 'node:net';
import createError from '@fastify/error';
import type { FastifyInstance } from 'fastify';

const HostNotAllowed = createError(
  'BAD_REQUEST',
  'In development, the gateway answers only to localhost, IP addresses and names of private networks. ' +
    'Name the origin in CORS_ORIGINS if you call it by another name.',
  403,
);

/** Top-level domains that nobody can register. */
const PRIVATE_NAME = /\.(localhost|test|internal|local)$/;

/**
 * Refuses requests to a name that somebody could own. Such a person can have the name resolve to this machine after
 * their page was loaded (DNS rebinding): for the browser, the page and the gateway are then of one origin, and CORS
 * does not apply. In production the gateway has a name of its own, and is public anyway.
 *
 * @param origins those of `CORS_ORIGINS`: their hosts are allowed
 */
export function registerHostCheck(app: FastifyInstance, origins: readonly string[]): void {
  const allowed = new Set(origins.filter((origin) => URL.canParse(origin)).map(hostnameOf));
  app.addHook('onRequest', async (request) => {
    const name = hostnameOf(`http://${request.hostname}`);
    if (!isPrivate(name) && !allowed.has(name)) throw new HostNotAllowed();
  });
}

const hostnameOf = (url: string) => new URL(url).hostname;

/** A name without a dot is resolved by this machine or its network. */
function isPrivate(name: string): boolean {
  return !name.includes('.') || isIP(name) !== 0 || PRIVATE_NAME.test(name);
}
