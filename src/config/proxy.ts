import { isIP } from 'node:net';
import proxyAddr from '@fastify/proxy-addr';

/**
 * Reads which proxy calls to LTS go through, from `https_proxy` or `HTTPS_PROXY`, `http_proxy` or `HTTP_PROXY`, and
 * `no_proxy` or `NO_PROXY`. As in curl, the lower case comes first.
 *
 * @param env environment variables without empty ones
 * @param endpoint origin of LTS; `null` for the embedded one
 * @param report is told when the variable is wrong, or names a proxy for an `http://` LTS. The message has no part of
 * its value: that may be a password
 * @returns URL of the proxy, perhaps with credentials; `null` for a direct connection, always so on loopback
 */
export function readProxy(
  env: Readonly<Record<string, string | undefined>>,
  endpoint: string | null,
  report: (problem: string) => void,
): string | null {
  if (endpoint === null) return null;
  const lts = new URL(endpoint);
  const names = lts.protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy', 'HTTP_PROXY'];
  const name = names.find((candidate) => env[candidate] !== undefined);
  if (name === undefined || isLoopback(lts.hostname)) return null;
  if (isExempt(lts, env.no_proxy ?? env.NO_PROXY ?? '')) return null;
  if (lts.protocol === 'http:') {
    report(
      `${name}: the proxy could read the tokens of calls to an http:// LTS. Set LTS_ENDPOINT to an https:// URL, ` +
        `or add ${lts.hostname} to NO_PROXY to call it without the proxy`,
    );
    return null;
  }
  const proxy = parseProxy(env[name] ?? '');
  if (!proxy) report(`${name}: must be the URL of an HTTP proxy such as http://proxy.example.com:3128`);
  return proxy?.href ?? null;
}

/** @param hostname of a URL */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.[\d.]+$/.test(hostname);
}

function parseProxy(value: string): URL | null {
  const text = value.includes('://') ? value : `http://${value}`;
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const isOriginOnly = url.pathname === '/' && url.search === '' && url.hash === '';
  return /^https?:$/.test(url.protocol) && isOriginOnly && isDecodable(url) ? url : null;
}

/** A `%` in credentials must be followed by two hexadecimal digits. */
function isDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param noProxy entries with commas or spaces between them: `*`, names (with their subdomains), addresses, ranges
 * such as `10.0.0.0/8`. Names and addresses may have a port
 */
function isExempt(lts: URL, noProxy: string): boolean {
  const host = withoutBrackets(lts.hostname);
  const port = lts.port || (lts.protocol === 'https:' ? '443' : '80');
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      if (isIP(entry.replace(/\/.*$/, '')) > 0) return isInRange(host, entry);
      const [, name = '', onlyPort = port] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      const domain = withoutBrackets(name).replace(/^\*?\./, '');
      return onlyPort === port && (host === domain || host.endsWith(`.${domain}`));
    });
}

const withoutBrackets = (hostname: string) => hostname.replace(/^\[|\]$/g, '');

/** @param range an address or a CIDR range; one that is malformed contains nothing */
function isInRange(host: string, range: string): boolean {
  try {
    return isIP(host) > 0 && proxyAddr.compile(range)(host, 0);
  } catch {
    return false;
  }
}
