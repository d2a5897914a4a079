import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyBaseLogger } from 'fastify';
import type { LtsConnection } from '../lts/lts-caller.ts';
import { LtsDataSource } from '../lts/lts-data-source.ts';
import { withoutToken } from '../lts/token.ts';
import type { RequestRecord } from '../telemetry/request-record.ts';
import { LIMITS } from './limits.ts';

/** Shorter tokens, of tests and demonstrations, are words that occur by chance; those of IAM are far longer. */
const SHORTEST_TOKEN = 20;

/** What the HTTP edge says about a request. */
export interface IncomingRequest {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly record: RequestRecord;
  /** Aborted when the caller has gone before the response was sent. */
  readonly gone: AbortSignal;
  /** Adds the request's ID to every line. */
  readonly log: Pick<FastifyBaseLogger, 'info' | 'error'>;
}

/** What one request brings to its resolvers. */
export interface GatewayContext {
  readonly requestId: string;
  readonly record: RequestRecord;
  readonly gone: AbortSignal;
  readonly log: IncomingRequest['log'];
  /** How many more problems of arguments may be reported in the response. */
  problemsLeft: number;
  /** Whether a text has the caller's token in it. */
  hasToken(text: string): boolean;
  /** The text with the caller's token cut out. */
  withoutToken(text: string): string;
  /** LTS with this request's token. */
  readonly lts: LtsDataSource;
}

export function createContext(connection: LtsConnection, request: IncomingRequest): GatewayContext {
  const { id, headers, record, gone, log } = request;
  const token = tokenOf(headers);
  const credentials = credentialsIn(headers).filter(({ length }) => length >= SHORTEST_TOKEN);
  return {
    requestId: id,
    record,
    gone,
    log,
    problemsLeft: LIMITS.problems,
    hasToken: (text) => credentials.some((credential) => text.includes(credential)),
    withoutToken: (text) => credentials.reduce(withoutToken, withoutToken(text, token)),
    lts: new LtsDataSource(connection, token, { record, gone }),
  };
}

/** The caller's token from `X-Auth-Token`, else from `Authorization: Bearer`; `null` when there is no usable one. */
export function tokenOf(headers: IncomingHttpHeaders): string | null {
  const bearer = /^Bearer +(.*)$/i.exec(headers.authorization ?? '')?.[1];
  const token = headers['x-auth-token']?.toString() || bearer;
  // Visible characters only: a header sent twice arrives as one value with a space in it.
  return token !== undefined && /^[\x21-\x7e]+$/.test(token) ? token : null;
}

/** Whatever may be a token in the headers meant for one, usable or not: each must not come back. */
export function credentialsIn(headers: IncomingHttpHeaders): string[] {
  const { 'x-auth-token': token, authorization } = headers;
  return [token, authorization].flat().flatMap((header) => header?.split(/[\s,]+/) ?? []);
}
