import { OPERATION_IDS } from './authorize.ts';
import { CREATE_OPERATIONS, type Fault } from './faults.ts';

interface FaultRule {
  readonly effect: string;
  readonly when: readonly Fault['when'][];
  readonly parameter?: keyof typeof PARAMETERS;
  /** By default all. */
  readonly operations?: readonly string[];
}

const BOTH = ['before', 'after'] as const;

/** What each kind of fault does, and what it takes. */
export const FAULT_KINDS: Readonly<Record<Fault['kind'], FaultRule>> = {
  delay: { when: BOTH, parameter: 'ms', effect: 'The call takes ms milliseconds longer.' },
  reset: { when: BOTH, effect: 'The connection is reset.' },
  cutOff: {
    when: BOTH,
    parameter: 'bytes',
    effect: 'The connection is closed after so many characters of the body.',
  },
  slowBody: {
    when: BOTH,
    parameter: 'ms',
    effect: 'The body is sent one character every ms milliseconds.',
  },
  badGateway: { when: BOTH, effect: '502 with an HTML page.' },
  gatewayTimeout: { when: BOTH, effect: '504 APIGW.0203.' },
  noContent: { when: BOTH, effect: '204 without a body.' },
  wrongLength: { when: BOTH, effect: 'A Content-Length that is 5 bytes short of the body.' },
  redirect: { when: BOTH, parameter: 'to', effect: '307 to another URL.' },
  tooManyRequests: { when: ['before'], effect: '429 APIGW.0308.' },
  bigBody: { when: BOTH, effect: 'A body of 1.5 MiB.' },
  gzipBomb: { when: BOTH, effect: '64 MiB of zeros, compressed to 64 kB.' },
  missingApi: { when: ['before'], effect: '404 APIGW.0101, as where the API is not published.' },
  staleList: {
    when: ['after'],
    parameter: 'ms',
    operations: CREATE_OPERATIONS,
    effect: 'What the create has created is missing in all lists for ms milliseconds.',
  },
};

const PARAMETERS = {
  ms: { takes: 'a whole number from 0 to 600000', accepts: isWholeNumber(600_000) },
  bytes: { takes: 'a whole number from 0 to 1000000', accepts: isWholeNumber(1_000_000) },
  to: { takes: 'an http or https URL', accepts: isHttpUrl },
};

const FIELDS = ['kind', 'when', 'operation', 'groupId', ...Object.keys(PARAMETERS)];

/** All that a fault can be made of, for a person with curl. */
export const FAULT_USAGE = {
  kind: Object.fromEntries(Object.entries(FAULT_KINDS).map(([kind, rule]) => [kind, usageOf(rule)])),
  when: 'before: the operation is not executed (with delay, it is executed late). after: it has been.',
  operation: `optional; one of ${OPERATION_IDS.join(', ')}`,
  groupId: 'optional; the ID of a log group, for the calls that name it',
  example: { kind: 'delay', when: 'after', ms: 3_000, operation: 'CreateLogStream' },
};

function usageOf({ effect, when, parameter, operations }: FaultRule): string {
  const needs = [
    `when: ${when.join(' or ')}`,
    ...(parameter ? [`${parameter}: ${PARAMETERS[parameter].takes}`] : []),
    ...(operations ? [`for ${operations.join(' and ')}`] : []),
  ];
  return `${effect} (${needs.join('; ')})`;
}

/**
 * @param body JSON of a caller
 * @returns the fault, or what is wrong with it
 */
export function readFault(body: unknown): { fault: Fault } | { problems: string[] } {
  if (typeof body !== 'object' || body === null) return { problems: ['the body must be a JSON object'] };
  const given = new Map<string, unknown>(Object.entries(body));
  const rule = new Map<unknown, FaultRule>(Object.entries(FAULT_KINDS)).get(given.get('kind'));
  const problems = [...given.keys()]
    .filter((name) => !FIELDS.includes(name))
    .map((name) => `${name.slice(0, 50)}: is not known`);
  const check = (name: string, isRight: (value: unknown) => boolean, what: string) => {
    if (!isRight(given.get(name))) problems.push(`${name}: must be ${what}`);
  };
  check('kind', () => rule !== undefined, `one of ${Object.keys(FAULT_KINDS).join(', ')}`);
  const { when = BOTH, operations = OPERATION_IDS, parameter } = rule ?? {};
  check('when', isOneOf(when), when.join(' or '));
  if (parameter) check(parameter, PARAMETERS[parameter].accepts, PARAMETERS[parameter].takes);
  if (given.has('operation')) {
    check('operation', isOneOf(operations), `one of ${operations.join(', ')}, or left out`);
  }
  if (given.has('groupId')) {
    check('groupId', (value) => typeof value === 'string', 'the ID of a log group, or left out');
  }
  return problems.length > 0 ? { problems } : { fault: body as Fault };
}

function isOneOf(values: readonly string[]) {
  return (value: unknown) => values.some((one) => one === value);
}

function isWholeNumber(max: number) {
  return (value: unknown) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= max;
}

function isHttpUrl(value: unknown): boolean {
  return typeof value === 'string' && /^https?:\/\/[!-~]{1,2000}$/.test(value) && URL.canParse(value);
}
