import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { REFUSAL_REASONS, type RefusalReason } from '../request-context.ts';
import { VERSION } from './version.ts';

/** Upper bounds of the latency histograms, in seconds: from a response without a call to LTS to beyond the usual deadline. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Values of `lts_gateway_circuit_state`. */
export const CIRCUIT_STATE = { closed: 0, halfOpen: 1, open: 2 } as const;

export type Metrics = ReturnType<typeof createMetrics>;

/** The metrics of one process. Every label has a closed set of values: no name, ID or text of a caller's. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const refusals = new Counter({
    name: 'lts_gateway_refusals_total',
    help: 'Requests and calls to LTS that were refused because of load or a shutdown, by reason. Each starts at 0.',
    labelNames: ['reason'],
    registers,
  });
  for (const reason of REFUSAL_REASONS) refusals.inc({ reason }, 0);
  registerOlderNames(refusals, registers);
  const build = { version: VERSION, node: process.version };
  new Gauge({
    name: 'lts_gateway_build_info',
    help: 'Always 1: the versions of the gateway and of Node.js are its labels.',
    labelNames: ['version', 'node'],
    registers,
  }).set(build, 1);
  return {
    registry,
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
    circuitState: new Gauge({
      name: 'lts_gateway_circuit_state',
      help: 'Circuit to LTS: 0 closed, 1 half open (one call tries), 2 open (no call is made).',
      registers,
    }),
  };
}

/** Counters that dashboards may still use. They have the counts of `lts_gateway_refusals_total`, and are set from it. */
function registerOlderNames(refusals: Counter<'reason'>, registers: Registry[]): void {
  const register = (name: string, label: string, reasons: Partial<Record<RefusalReason, string>>) =>
    new Counter({
      name,
      help: `Deprecated, use lts_gateway_refusals_total: ${Object.keys(reasons).join(', ')}.`,
      labelNames: [label],
      registers,
      async collect() {
        this.reset();
        const { values } = await refusals.get();
        for (const { labels, value } of values) {
          const olderName = reasons[labels.reason as RefusalReason];
          if (olderName !== undefined) this.inc({ [label]: olderName }, value);
        }
      },
    });
  register('lts_gateway_rate_limited_total', 'by', {
    rate_limit_token: 'token',
    rate_limit_address: 'address',
  });
  register('lts_gateway_upstream_calls_refused_total', 'reason', {
    circuit_open: 'circuit_open',
    calls_in_flight: 'too_many_in_flight',
  });
}
