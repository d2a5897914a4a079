import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import proxyAddr from '@fastify/proxy-addr';
import { normalizeIP } from '@fastify/rate-limit';

/** Proxies that a request may have come through; what else stands in `X-Forwarded-For` is not read. */
const MOST_PROXIES = 16;

/** Tells who sent a request: an IPv4 address, or the first address of an IPv6 network of 64 bits. */
export type AddressOf = (request: IncomingMessage) => string;

/**
 * The caller's address is the one of the connection. Where that is a trusted proxy's, it is the right-most one in
 * `X-Forwarded-For` that is not: what stands to the left of it, callers can write themselves.
 *
 * An IPv6 caller has a whole network of 64 bits to send from, so that one stands for all of its addresses.
 *
 * @param trustedProxies addresses, CIDR ranges and `loopback`, `linklocal` or `uniquelocal`; none trusts nobody
 */
export function callerAddress(trustedProxies: readonly string[]): AddressOf {
  const isTrusted = proxyAddr.compile([...trustedProxies]);
  return (request) => {
    const address = proxyAddr(request, (proxy, hop) => hop < MOST_PROXIES && isTrusted(proxy, hop));
    // Anything can be in the header. A connection that has ended already has no address.
    return normalizeIP(isIP(address) === 0 ? (request.socket.remoteAddress ?? '') : address);
  };
}
