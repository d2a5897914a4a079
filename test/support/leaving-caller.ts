import { request } from 'node:http';
import { TOKEN } from './gateway.ts';

/** Sends an operation; `leave` closes the connection before the response. */
export function sendAndLeave(url: string, query: string, variables: object): { leave(): void } {
  const headers = { 'content-type': 'application/json', 'x-auth-token': TOKEN };
  const call = request(`${url}/graphql`, { method: 'POST', headers });
  call.on('error', () => {});
  call.end(JSON.stringify({ query, variables }));
  return { leave: () => call.destroy() };
}
