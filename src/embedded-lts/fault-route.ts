import type { FastifyInstance } from 'fastify';
import { registerControlRoutes, unknownFields } from './control-route.ts';
import { FAULT_KINDS, type Fault, type FaultRule, type Faults } from './faults.ts';
import { OPERATION_IDS } from './operations.ts';

/** Enough for any test by hand. */
const MAX_PENDING = 1_000;

/**
 * `/_faults`: lets app developers inject faults, to see how their app handles them. What it refuses is answered with
 * the problems and with all that it takes.
 */
export async function registerFaultRoute(app: FastifyInstance, faults: Faults): Promise<void> {
  await registerControlRoutes(app, FAULT_USAGE, (route) => {
    route.post('/_faults', async (request, reply) => {
      const read = readFault(request.body);
      if ('problems' in read) return reply.code(400).send({ ...read, takes: FAULT_USAGE });
      if (faults.pending + (read.fault.times ?? 1) > MAX_PENDING) {
        const problem = `no more than ${MAX_PENDING} faults can be pending: DELETE /_faults removes those that are`;
        return reply.code(409).send({ problems: [problem] });
      }
      faults.failNext(read.fault);
      return reply.code(202).send({ pending: faults.pending });
    });
    route.get('/_faults', async () => ({ pending: faults.list() }));
    route.delete('/_faults', async (_request, reply) => {
      faults.clear();
      return reply.code(204).send();
    });
  });
}

const PARAMETERS = {
  ms: { takes: 'a whole number from 0 to 600000', accepts: isWholeNumber(600_000) },
  bytes: { takes: 'a whole number from 0 to 1000000', accepts: isWholeNumber(1_000_000) },
  to: { takes: 'an http or https URL', accepts: isHttpUrl },
  retryAfter: { takes: 'a whole number from 0 to 3600', accepts: isWholeNumber(3_600) },
};
const TIMES = { takes: 'a whole number from 1 to 100', accepts: isWholeNumber(100, 1) };

const FIELDS = ['kind', 'when', 'operation', 'groupId', 'times', ...Object.keys(PARAMETERS)];

/** All that a fault can be made of, for a person with curl. */
const FAULT_USAGE = {
  kind: Object.fromEntries(Object.entries(FAULT_KINDS).map(([kind, rule]) => [kind, usageOf(rule)])),
  when: 'before: the operation is not executed (with delay, it is executed late). after: it has been.',
  operation: `optional; one of ${OPERATION_IDS.join(', ')}`,
  groupId: 'optional; the ID of a log group, for the calls that name it',
  times: `optional; how many calls it is for: ${TIMES.takes}`,
  example: { kind: 'delay', when: 'after', ms: 3_000, operation: 'CreateLogStream' },
};

function usageOf({ effect, when, parameter, optionalParameter, operations }: FaultRule): string {
  const needs = [
    `when: ${when.join(' or ')}`,
    ...(parameter ? [`${parameter}: ${PARAMETERS[parameter].takes}`] : []),
    ...(optionalParameter ? [`optional ${optionalParameter}: ${PARAMETERS[optionalParameter].takes}`] : []),
    ...(operations ? [`for ${operations.join(' and ')}`] : []),
  ];
  return `${effect} (${needs.join('; ')})`;
}

/**
 * @param body JSON of a caller
 * @returns the fault, or what is wrong with it
 */
function readFault(body: unknown): { fault: Fault } | { problems: string[] } {
  if (typeof body !== 'object' || body === null) return { problems: ['the body must be a JSON object'] };
  const given = new Map<string, unknown>(Object.entries(body));
  const rule = new Map<unknown, FaultRule>(Object.entries(FAULT_KINDS)).get(given.get('kind'));
  const problems = unknownFields(body, FIELDS);
  const check = (name: string, isRight: (value: unknown) => boolean, what: string) => {
    if (!isRight(given.get(name))) problems.push(`${name}: must be ${what}`);
  };
  check('kind', () => rule !== undefined, `one of ${Object.keys(FAULT_KINDS).join(', ')}`);
  const { when = ['before', 'after'], operations = OPERATION_IDS, parameter, optionalParameter } = rule ?? {};
  check('when', isOneOf(when), when.join(' or '));
  if (parameter) check(parameter, PARAMETERS[parameter].accepts, PARAMETERS[parameter].takes);
  for (const name of Object.keys(PARAMETERS)) {
    const isTaken = name === parameter || name === optionalParameter;
    if (rule && given.has(name) && !isTaken) problems.push(`${name}: is not for this kind`);
  }
  if (optionalParameter && given.has(optionalParameter)) {
    const { accepts, takes } = PARAMETERS[optionalParameter];
    check(optionalParameter, accepts, `${takes}, or left out`);
  }
  if (given.has('times')) check('times', TIMES.accepts, `${TIMES.takes}, or left out`);
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

function isWholeNumber(max: number, min = 0) {
  return (value: unknown) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
}

function isHttpUrl(value: unknown): boolean {
  return typeof value === 'string' && /^https?:\/\/[!-~]{1,2000}$/.test(value) && URL.canParse(value);
}
