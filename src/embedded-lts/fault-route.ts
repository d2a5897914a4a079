import type { FastifyError, FastifyInstance } from 'fastify';
import { FAULT_USAGE, readFault } from './fault-kinds.ts';
import type { Faults } from './faults.ts';

/** Enough for any test by hand. */
const MAX_PENDING = 1_000;

/**
 * `/_faults`: lets app developers inject faults, to see how their app handles them. What it refuses is answered with
 * the problems and with all that it takes.
 */
export async function registerFaultRoute(app: FastifyInstance, faults: Faults): Promise<void> {
  await app.register(async (route: FastifyInstance) => {
    route.setReplySerializer((payload) => `${JSON.stringify(payload, null, 2)}\n`);
    route.setErrorHandler((error: FastifyError, _request, reply) => {
      reply.code(error.statusCode ?? 500).send({ problems: [problemOf(error)], takes: FAULT_USAGE });
    });
    // A DELETE may have the Content-Type that every call to LTS needs, without a body.
    const parseJson = route.getDefaultJsonParser('error', 'error');
    route.removeContentTypeParser('application/json');
    route.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
      if (body === '') done(null, undefined);
      else parseJson(request, String(body), done);
    });
    route.post('/_faults', async (request, reply) => {
      const read = readFault(request.body);
      if ('problems' in read) return reply.code(400).send({ ...read, takes: FAULT_USAGE });
      if (faults.pending >= MAX_PENDING) {
        const problem = `${MAX_PENDING} faults are pending: DELETE /_faults removes them`;
        return reply.code(409).send({ problems: [problem] });
      }
      faults.failNext(read.fault);
      return reply.code(202).send({ pending: faults.pending });
    });
    route.delete('/_faults', async (_request, reply) => {
      faults.clear();
      return reply.code(204).send();
    });
  });
}

function problemOf(error: FastifyError): string {
  if (error.statusCode === 415) return "the request needs the header 'Content-Type: application/json'";
  return `the body must be a JSON object: ${error.message}`;
}
