/**
 * Origins whose pages may call the gateway in development: those of this machine on any port, and Apollo's hosted
 * Sandbox. `*` stands for any port, in this list alone.
 */
export const DEVELOPMENT_ORIGINS: readonly string[] = [
  'https://studio.apollographql.com',
  ...['localhost', '127.0.0.1', '[::1]'].flatMap((host) => [`http://${host}:*`, `https://${host}:*`]),
];

/**
 * Whether pages of an origin may call the gateway.
 *
 * @param origin the header `Origin` of a request; only what a browser would send is allowed, character for character
 * @param allowed origins, or origins with `*` as their port
 */
export function isAllowedOrigin(origin: string | undefined, allowed: readonly string[]): origin is string {
  if (origin === undefined || !URL.canParse(origin)) return false;
  const url = new URL(origin);
  if (url.origin !== origin) return false;
  return allowed.includes(origin) || allowed.includes(`${url.protocol}//${url.hostname}:*`);
}
