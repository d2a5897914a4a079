import { isIP } from 'node:net';
import proxyAddr from '@fastify/proxy-addr';
import { makeValidator } from 'envalid';
import { readManifest, type TrustedDocuments } from './persisted-query-manifest.ts';

/** Names of address ranges in `TRUSTED_PROXIES`: private networks, in which one's own load balancers are. */
export const NAMED_RANGES = ['loopback', 'linklocal', 'uniquelocal'];

/** A whole number from `min` to `max`. */
export const integer = (min: number, max: number) =>
  makeValidator<number>((input) => {
    const value = /^\d+$/.test(input) ? Number(input) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new TypeError(`must be a whole number from ${min} to ${max}`);
  });

/** One of these values. */
export const oneOf = <Value extends string>(...values: Value[]) =>
  makeValidator<Value>((input) => {
    const value = values.find((one) => one === input);
    if (value !== undefined) return value;
    throw new TypeError(notKnown(input, values));
  });

/** What is wrong with a value that is none of these. */
export const notKnown = (input: string, values: readonly string[]) =>
  `"${input}" is not known. Known: ${values.join(', ')}`;

/** Also the values of a switch, which this setting once was. */
export const explorer = makeValidator<'sandbox' | 'graphiql' | 'off'>((input) => {
  if (input === 'sandbox' || input === 'graphiql') return input;
  if (/^(true|t|yes|on|1)$/.test(input)) return 'sandbox';
  if (/^(false|f|no|off|0)$/.test(input)) return 'off';
  throw new TypeError('must be sandbox, graphiql or off');
});

/** Path of a persisted query manifest, which is read. */
export const manifest = makeValidator<TrustedDocuments>(readManifest);

/** An http(s) URL without path or credentials, reduced to its origin. */
export const origin = makeValidator<string>((input) => readOrigin(input, 'https://lts.example.com'));

/** A URL of one of these protocols, `https:` for example. */
export const url = (protocol: RegExp, example: string) =>
  makeValidator<string>((input) => {
    if (isUrl(input, protocol)) return input;
    throw new TypeError(`must be a URL such as ${example}`);
  });

/** Whether a text is a URL of one of these protocols. */
export const isUrl = (text: string, protocol: RegExp): boolean =>
  URL.canParse(text) && protocol.test(new URL(text).protocol);

/** Origins with commas between them. */
export const origins = makeValidator<readonly string[]>((input) => {
  if (input.includes('*')) throw new TypeError('must be origins such as https://app.example.com, not *');
  return input.split(',').map((item) => readOrigin(item.trim(), 'https://app.example.com'));
});

function readOrigin(input: string, example: string): string {
  if (!URL.canParse(input)) throw new TypeError(`must be a URL such as ${example}`);
  const url = new URL(input);
  if (!/^https?:$/.test(url.protocol)) throw new TypeError('must be an http or https URL');
  if (url.href !== `${url.origin}/`)
    throw new TypeError('must be scheme, host and port alone, without a path');
  return url.origin;
}

/** Addresses, CIDR ranges and names of ranges with commas between them; `none` is an empty list. */
export const proxies = makeValidator<string[]>((input) => {
  if (input === 'none') return [];
  const items = input.split(',').map((item) => item.trim());
  const wrong = items.find((item) => !isAddressRange(item));
  if (wrong === undefined) return items;
  throw new TypeError(
    `must be none, or ${NAMED_RANGES.join(', ')}, addresses and CIDR ranges such as 10.0.0.0/8, with commas ` +
      `between them: "${wrong}" is none of these`,
  );
});

function isAddressRange(item: string): boolean {
  if (NAMED_RANGES.includes(item)) return true;
  // `compile` takes a number for an address.
  if (isIP(item.replace(/\/.*$/, '')) === 0) return false;
  try {
    proxyAddr.compile(item);
    return true;
  } catch {
    return false;
  }
}
