import { LIMITS } from '../limits.ts';
import type { LtsClient } from '../lts/lts-client.ts';
import { LtsDataSource } from '../lts/lts-data-source.ts';
import type { SettleTimes } from '../lts/settle.ts';
import type { RequestContext } from '../request-context.ts';

/** What resolvers and plugins get. */
export interface GatewayContext extends RequestContext {
  /** LTS with this request's token. */
  readonly lts: LtsDataSource;
  /** Estimated size of the response so far, in bytes. */
  responseBytes: number;
  /** Resolves when graphql-js may make all fields that were asked for so far. */
  turn: Promise<void>;
  /** How many fields it makes in that turn. */
  fieldsInTurn: number;
  /** How many more problems of arguments may be reported in the response. */
  problemsLeft: number;
  /** How many more times the content of log streams may be read for the response. */
  contentReadsLeft: number;
  /** Whether one has been refused, with an error; others are `null` from then on. */
  hasRefusedContent: boolean;
  /** Whether each of these reads has a line in the log. */
  readonly auditReads: boolean;
}

export function createContext(
  client: LtsClient,
  request: RequestContext,
  auditReads: boolean,
  settleTimes?: SettleTimes,
): GatewayContext {
  const lts = new LtsDataSource(client, request, settleTimes);
  const { problems: problemsLeft, contentReads: contentReadsLeft } = LIMITS;
  return {
    ...request,
    lts,
    problemsLeft,
    contentReadsLeft,
    hasRefusedContent: false,
    auditReads,
    responseBytes: 0,
    turn: Promise.resolve(),
    fieldsInTurn: 0,
  };
}
