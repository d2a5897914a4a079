import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import proxyAddr from '@fastify/proxy-addr';
import { normalizeIP } from '@fastify/rate-limit';
import type { Caller } from '../request-context.ts';

/** Where a request keeps its address once it is known. A WeakMap costs more, in garbage collection as well. */
const ADDRESS = Symbol('address');

export type AddressOf = (request: IncomingMessage) => string;

/** Proxies that a request may have passed; addresses further left in `X-Forwarded-For` are not read. */
const MAX_PROXIES = 16;

/** Shorter credentials are words that occur in texts by chance; tokens of IAM are far longer. */
const MIN_CREDENTIAL_CHARACTERS = 20;

/** Texts are searched for so many credentials, the longest: a caller can send a thousand, and each search takes time. */
const MAX_CREDENTIALS = 16;

/** Who sent a request. */
export function callerOf(request: IncomingMessage, addressOf: AddressOf): Caller {
  const token = tokenIn(request.headers);
  const tokenHash = token && createHash('sha256').update(token).digest('base64url');
  const parts = credentialsIn(request.headers)
    .filter(isLongEnough)
    .sort(longestFirst)
    .slice(0, MAX_CREDENTIALS);
  // The longest first, since one may be the beginning of another.
  const secrets = [...new Set(token === null ? parts : [token, ...parts])].sort(longestFirst);
  return {
    token,
    tokenHash,
    tokenHashPrefix: tokenHash?.slice(0, 12) ?? null,
    address: addressOf(request),
    isTokenIn: (text) => secrets.some((secret) => isLongEnough(secret) && text.includes(secret)),
    withoutToken: <T>(value: T) =>
      mapTexts(value, (text) => secrets.reduce((rest, one) => rest.replaceAll(one, '[token]'), text)) as T,
  };
}

/**
 * A value with all texts in it replaced: itself where none is another one then, else a copy. An error becomes an object
 * with what the log has of it.
 */
function mapTexts(value: unknown, replace: (text: string) => string): unknown {
  if (typeof value === 'string') return replace(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) {
    const { name, code, message, stack }: NodeJS.ErrnoException = value;
    return mapTexts({ name, code, message, stack }, replace);
  }
  // A URL, for example, has its text there alone.
  if ('toJSON' in value && typeof value.toJSON === 'function') return mapTexts(value.toJSON(), replace);
  const changed = Object.entries(value).flatMap(([key, item]) => {
    const mapped = mapTexts(item, replace);
    return mapped === item ? [] : [[key, mapped]];
  });
  if (changed.length === 0) return value;
  return Object.assign(Array.isArray(value) ? [...value] : { ...value }, Object.fromEntries(changed));
}

const longestFirst = (one: string, other: string) => other.length - one.length;

const isLongEnough = ({ length }: string) => length >= MIN_CREDENTIAL_CHARACTERS;

/** The token in `X-Auth-Token`, else in `Authorization: Bearer`; `null` when there is no usable one. */
function tokenIn(headers: IncomingHttpHeaders): string | null {
  const bearer = /^Bearer +(.*)$/i.exec(headers.authorization ?? '')?.[1];
  const token = headers['x-auth-token']?.toString() || bearer;
  // Visible characters only: a header that was sent twice is one value with a space in it.
  return token !== undefined && /^[\x21-\x7e]+$/.test(token) ? token : null;
}

/** Every part of the headers for tokens that may be one, usable or not. */
export function credentialsIn(headers: IncomingHttpHeaders): string[] {
  const { 'x-auth-token': token, authorization } = headers;
  return [token, authorization].flat().flatMap((header) => header?.split(/[\s,;="']+/) ?? []);
}

/**
 * Makes the function that says from which address a request came. That is the connection's, or where that is a trusted
 * proxy, the right-most address in `X-Forwarded-For` that is not one: what is left of it, callers can write themselves. An
 * IPv6 caller has a network of 64 bits to send from, so that network stands for all of its addresses.
 *
 * @param trustedProxies addresses, CIDR ranges and `loopback`, `linklocal` or `uniquelocal`; none trusts nobody
 */
export function createAddressOf(trustedProxies: readonly string[]): AddressOf {
  const isTrusted = proxyAddr.compile([...trustedProxies]);
  return (request: IncomingMessage & { [ADDRESS]?: string }) => {
    if (request[ADDRESS] !== undefined) return request[ADDRESS];
    const address = proxyAddr(request, (proxy, hop) => hop < MAX_PROXIES && isTrusted(proxy, hop));
    // Anything can be in the header. A connection that has ended already has no address.
    const normal = normalizeIP(isIP(address) === 0 ? (request.socket.remoteAddress ?? '') : address);
    request[ADDRESS] = normal;
    return normal;
  };
}
