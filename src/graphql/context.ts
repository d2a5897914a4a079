import { LIMITS } from '../limits.ts';
import type { LtsClient } from '../lts/lts-client.ts';
import { LtsDataSource } from '../lts/lts-data-source.ts';
import type { ReconcileTimes } from '../lts/reconcile-create.ts';
import type { RequestContext } from '../telemetry/request-context.ts';

/** What resolvers and plugins get. */
export interface GatewayContext extends RequestContext {
  /** LTS with this request's token. */
  readonly lts: LtsDataSource;
  /** How many more problems of arguments may be reported in the response. */
  problemsLeft: number;
}

export function createContext(
  client: LtsClient,
  request: RequestContext,
  reconcileTimes?: ReconcileTimes,
): GatewayContext {
  const lts = new LtsDataSource(client, request, reconcileTimes);
  return { ...request, lts, problemsLeft: LIMITS.problems };
}
