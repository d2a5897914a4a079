import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Upper bounds of the latency histograms, in seconds: from a response without a call to LTS to beyond the usual deadline. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Why the gateway refuses work: every cause that has to do with load. */
export const REFUSAL_REASONS = [
  /** 429: more than RATE_LIMIT with one token. */
  'rate_limit_token',
  /** 429: more than RATE_LIMIT_ADDRESS from one address, or RATE_LIMIT without a token. */
  'rate_limit_address',
  /** 503: too many requests in flight. */
  'requests_in_flight',
  /** GATEWAY.OVERLOADED: LTS does not answer. */
  'circuit_open',
  /** GATEWAY.OVERLOADED: too many calls to LTS in flight. */
  'calls_in_flight',
  /** GATEWAY.OVERLOADED: too many long replies of LTS are being read. */
  'reply_memory',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** Values of `lts_gateway_circuit_state`. */
export const CIRCUIT_STATE = { closed: 0, halfOpen: 1, open: 2 } as const;

export type Metrics = ReturnType<typeof createMetrics>;

/** The metrics of one process. Every label has a closed set of values: no name, ID or text of a caller's. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const rateLimited = new Counter({
    name: 'lts_gateway_rate_limited_total',
    help: 'Requests over the rate limit, by what they were counted by: token or address. Both start at 0.',
    labelNames: ['by'],
    registers,
  });
  for (const by of ['token', 'address']) rateLimited.inc({ by }, 0);
  const refusals = new Counter({
    name: 'lts_gateway_refusals_total',
    help: 'Requests and calls to LTS that were refused because of load, by reason. Each starts at 0.',
    labelNames: ['reason'],
    registers,
  });
  for (const reason of REFUSAL_REASONS) refusals.inc({ reason }, 0);
  return {
    registry,
    rateLimited,
    refusals,
    requests: new Counter({
      name: 'lts_gateway_requests_total',
      help: 'Requests answered, by root field of the operation and outcome: OK, or the kind of the failure.',
      labelNames: ['operation', 'outcome'],
      registers,
    }),
    bugs: new Counter({
      name: 'lts_gateway_bugs_total',
      help: 'Requests on which the gateway itself failed. Starts at 0, so that the first one can be seen to come.',
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'lts_gateway_request_duration_seconds',
      help: 'Time from the headers of a request to the end of its response, by root field of the operation.',
      labelNames: ['operation'],
      buckets: BUCKETS,
      registers,
    }),
    requestsInFlight: new Gauge({
      name: 'lts_gateway_requests_in_flight',
      help: 'Requests not yet answered.',
      registers,
    }),
    calls: new Counter({
      name: 'lts_gateway_upstream_calls_total',
      help: 'Calls to LTS, by endpoint, kind of failure (OK: none) and HTTP status (none: no reply).',
      labelNames: ['endpoint', 'kind', 'status'],
      registers,
    }),
    callSeconds: new Histogram({
      name: 'lts_gateway_upstream_call_duration_seconds',
      help: 'Time of a call to LTS until the last byte of the reply, by endpoint.',
      labelNames: ['endpoint'],
      buckets: BUCKETS,
      registers,
    }),
    callsInFlight: new Gauge({
      name: 'lts_gateway_upstream_calls_in_flight',
      help: 'Calls to LTS not yet answered.',
      registers,
    }),
    callsRefused: new Counter({
      name: 'lts_gateway_upstream_calls_refused_total',
      help: 'Calls to LTS not made, by reason: circuit_open or too_many_in_flight.',
      labelNames: ['reason'],
      registers,
    }),
    circuitState: new Gauge({
      name: 'lts_gateway_circuit_state',
      help: 'Circuit to LTS: 0 closed, 1 half open (one call tries), 2 open (no call is made).',
      registers,
    }),
  };
}
