import { request } from 'node:http';
import { TOKEN } from './gateway.ts';

/** Sends an operation; `leave` closes the connection before the response. */
export function sendAndLeave(
  url: string,
  query: string,
  variables: object,
  headers: Record<string, string> = {},
): { leave(): void } {
  const call = request(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-token': TOKEN, ...headers },
  });
  call.on('error', () => {});
  call.end(JSON.stringify({ query, variables }));
  return { leave: () => call.destroy() };
}
