import { isUrl, notKnown } from './validators.ts';

const PROTOCOLS = ['http/json', 'http/protobuf'] as const;
const SAMPLERS = ['always_on', 'always_off', 'traceidratio'] as const;

/** How traces are made and sent, as far as the exporter of OpenTelemetry does not read it from the environment itself. */
export interface TraceSettings {
  readonly protocol: (typeof PROTOCOLS)[number];
  /** Which traces are recorded. */
  readonly sampler: (typeof SAMPLERS)[number];
  /** Whether the sampler decides only where the caller has not. */
  readonly isParentBased: boolean;
  /** Share of the traces that `traceidratio` records, from 0 to 1. */
  readonly ratio: number;
}

/**
 * Reads OpenTelemetry's variables, as its specification says:
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/. The exporter reads the endpoint, its
 * headers and certificates itself.
 *
 * @param env environment variables without empty ones
 * @param report is told when a variable is wrong. The message has no part of a URL, which may have credentials
 * @returns `null` where there are no traces: without an endpoint, or where a variable switches them off
 */
export function readTraces(
  env: Readonly<Record<string, string | undefined>>,
  report: (problem: string) => void,
): TraceSettings | null {
  const exporter = env.OTEL_TRACES_EXPORTER;
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || exporter === 'none') return null;
  if (exporter !== undefined && exporter !== 'otlp') {
    report(`OTEL_TRACES_EXPORTER: ${notKnown(exporter, ['otlp', 'none'])}`);
  }
  const endpoints = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'].filter(
    (name) => env[name] !== undefined,
  );
  if (endpoints.length === 0 && exporter === undefined) return null;
  for (const name of endpoints) {
    if (!isUrl(env[name] ?? '', /^https?:$/))
      report(`${name}: must be a URL such as http://collector.example.com:4318`);
  }

  const oneOf = <T extends string>(known: readonly T[], names: string[], standard: T): T => {
    const name = names.find((candidate) => env[candidate] !== undefined) ?? '';
    const found = known.find((value) => value === (env[name] ?? standard));
    if (found === undefined) report(`${name}: ${notKnown(env[name] ?? '', known)}`);
    return found ?? standard;
  };
  const protocol = oneOf(
    PROTOCOLS,
    ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'],
    'http/json',
  );
  const parentBased = SAMPLERS.map((name) => `parentbased_${name}` as const);
  const sampler = oneOf([...parentBased, ...SAMPLERS], ['OTEL_TRACES_SAMPLER'], 'parentbased_always_on');
  const ratio = Number(env.OTEL_TRACES_SAMPLER_ARG ?? 1);
  if (sampler.endsWith('traceidratio') && !(ratio >= 0 && ratio <= 1)) {
    report('OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1');
  }
  return {
    protocol,
    isParentBased: sampler.startsWith('parentbased_'),
    sampler: sampler.replace('parentbased_', '') as TraceSettings['sampler'],
    ratio,
  };
}
