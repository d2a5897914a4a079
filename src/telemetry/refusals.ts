import type { Logger } from 'pino';
import type { ShareRefusal } from '../shares.ts';
import type { Metrics } from './metrics.ts';

/** Request IDs in one line of the log. */
const MAX_IDS_PER_LINE = 100;

/** What the log says of each resource that is shared: see `shares.ts`. */
const MESSAGES = {
  connections: 'too many connections',
  request_bytes: 'too many bytes of requests',
  requests_in_flight: 'too many requests in flight',
  calls_in_flight: 'too many calls to LTS in flight',
  answer_bytes: 'too many bytes of answers',
} as const;
export type ResourceName = keyof typeof MESSAGES;

export interface RefusalLog {
  note(refusal: ShareRefusal, requestId?: string): void;
  /** Writes what has not been written yet. */
  flush(): void;
}

interface Line {
  last: ShareRefusal;
  refused: number;
  readonly requestIds: string[];
  readonly timer: NodeJS.Timeout;
}

/**
 * Counts those who were refused, or had to give way, because a total is used up, and logs them: one line a second for
 * each resource, with the address that holds the most.
 */
export function createRefusalLog(metrics: Metrics, log: Pick<Logger, 'warn'>): RefusalLog {
  const lines = new Map<string, Line>();
  const write = (resource: string) => {
    const line = lines.get(resource);
    if (line === undefined) return;
    const { last, refused, requestIds, timer } = line;
    clearTimeout(timer);
    lines.delete(resource);
    const { total, address, held } = last;
    const ids = requestIds.length > 0 && { requestIds };
    log.warn({ reason: resource, total, address, held, refused, ...ids }, MESSAGES[resource as ResourceName]);
  };
  return {
    note(refusal, requestId) {
      const { resource } = refusal;
      metrics.refusals.inc({ reason: resource });
      const line = lines.get(resource) ?? {
        last: refusal,
        refused: 0,
        requestIds: [],
        timer: setTimeout(write, 1_000, resource).unref(),
      };
      lines.set(resource, line);
      line.last = refusal;
      line.refused += 1;
      if (requestId !== undefined) line.requestIds.push(requestId);
      if (line.requestIds.length === MAX_IDS_PER_LINE) write(resource);
    },
    flush() {
      for (const resource of [...lines.keys()]) write(resource);
    },
  };
}
