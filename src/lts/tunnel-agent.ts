import type { Agent, AgentOptions } from 'node:https';
import { HttpsProxyAgent } from 'hpagent';

/** How long the proxy may be silent while it opens a tunnel, in milliseconds. The call's own deadline is apart from this. */
const TUNNEL_MS = 10_000;

type Connect = (options: object, callback: (error: Error | null, socket: unknown) => void) => void;

/**
 * An HTTPS agent whose connections go through a proxy, by CONNECT. The proxy sees the host and port of LTS and
 * encrypted bytes, not tokens. The sockets are TLS connections to LTS, as those of a plain agent: `secureConnect`
 * means that LTS has been reached, and before it nothing of a request has been sent.
 *
 * @param proxy http(s) URL of the proxy, perhaps with credentials
 */
export function createTunnelAgent(proxy: string, options: AgentOptions): Agent {
  const agent = new HttpsProxyAgent({ ...options, proxy });
  const tunnelled = agent as unknown as { createConnection: Connect };
  const { createConnection } = tunnelled;
  // Without a timeout, hpagent would wait for ever, also when the call has long been given up.
  tunnelled.createConnection = (connection, callback) =>
    createConnection.call(agent, { ...connection, timeout: TUNNEL_MS }, (error, socket) =>
      callback(error && withCode(error), socket),
    );
  return agent;
}

/** Gives the errors that hpagent makes a code for the log: `PROXY_REPLIED_407`, for example, or `PROXY_TIMEOUT`. */
function withCode(error: Error): Error {
  const status = /^Bad response: (\d+)$/.exec(error.message)?.[1];
  if (status !== undefined) return Object.assign(error, { code: `PROXY_REPLIED_${status}` });
  return error.message === 'Proxy timeout' ? Object.assign(error, { code: 'PROXY_TIMEOUT' }) : error;
}
