import type { IncomingHttpHeaders } from 'node:http';
import type { LtsConnection } from '../lts/lts-caller.ts';
import { LtsDataSource } from '../lts/lts-data-source.ts';
import type { RequestRecord } from '../telemetry/request-record.ts';

/** What one request brings to its resolvers. */
export interface GatewayContext {
  readonly requestId: string;
  /** What the log will say about this request. */
  readonly record: RequestRecord;
  /** Aborted when the caller has gone before the response was sent. */
  readonly gone: AbortSignal;
  /** LTS with this request's token. */
  readonly lts: LtsDataSource;
}

export function createContext(
  connection: LtsConnection,
  request: { id: string; headers: IncomingHttpHeaders; record: RequestRecord; gone: AbortSignal },
): GatewayContext {
  return {
    requestId: request.id,
    record: request.record,
    gone: request.gone,
    lts: new LtsDataSource(connection, tokenOf(request.headers), request.gone),
  };
}

/** The caller's token from `X-Auth-Token`, else from `Authorization: Bearer`; `null` when there is no usable one. */
export function tokenOf(headers: IncomingHttpHeaders): string | null {
  const bearer = /^Bearer +(.*)$/i.exec(headers.authorization ?? '')?.[1];
  const token = headers['x-auth-token']?.toString() || bearer;
  // Visible characters only: a header sent twice arrives as one value with a space in it.
  return token !== undefined && /^[\x21-\x7e]+$/.test(token) ? token : null;
}
