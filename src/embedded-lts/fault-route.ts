import type { FastifyInstance } from 'fastify';
import { OPERATION_IDS } from './authorize.ts';
import type { Fault, Faults } from './faults.ts';

const KINDS_WITHOUT_PARAMETERS = [
  'reset',
  'badGateway',
  'gatewayTimeout',
  'noContent',
  'wrongLength',
  'tooManyRequests',
  'bigBody',
  'gzipBomb',
];

const FAULT_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['when', 'kind'],
  properties: {
    when: { enum: ['before', 'after'] },
    kind: { type: 'string' },
    operation: { enum: OPERATION_IDS },
    groupId: { type: 'string' },
    ms: { type: 'integer', minimum: 0, maximum: 600_000 },
    bytes: { type: 'integer', minimum: 0 },
    to: { type: 'string' },
  },
  anyOf: [
    { properties: { kind: { enum: KINDS_WITHOUT_PARAMETERS } } },
    { properties: { kind: { enum: ['delay', 'slowBody'] } }, required: ['ms'] },
    { properties: { kind: { const: 'cutOff' } }, required: ['bytes'] },
    { properties: { kind: { const: 'redirect' } }, required: ['to'] },
  ],
};

/** `/_faults`: lets app developers inject faults, to see how their app handles them. */
export function registerFaultRoute(app: FastifyInstance, faults: Faults): void {
  app.post('/_faults', { schema: { body: FAULT_SCHEMA } }, async (request, reply) => {
    faults.failNext(request.body as Fault);
    return reply.code(202).send({ pending: faults.pending });
  });
  app.delete('/_faults', async (_request, reply) => {
    faults.clear();
    return reply.code(204).send();
  });
}
