import type { FastifyError, FastifyInstance } from 'fastify';
import type { Faults } from './faults.ts';
import type { LtsStore } from './store.ts';

/**
 * Registers routes that LTS does not have, for developers with curl. A body that cannot be read is answered with the
 * problem and with what the route takes.
 *
 * @param takes all that the body can be made of, for a person
 */
export async function registerControlRoutes(
  app: FastifyInstance,
  takes: object,
  addRoutes: (route: FastifyInstance) => void,
): Promise<void> {
  await app.register(async (route: FastifyInstance) => {
    route.setReplySerializer((payload) => `${JSON.stringify(payload, null, 2)}\n`);
    route.setErrorHandler((error: FastifyError, _request, reply) => {
      reply.code(error.statusCode ?? 500).send({ problems: [problemOf(error)], takes });
    });
    // A DELETE may have the Content-Type that every call to LTS needs, without a body.
    const parseJson = route.getDefaultJsonParser('error', 'error');
    route.removeContentTypeParser('application/json');
    route.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
      if (body === '') done(null, undefined);
      else parseJson(request, String(body), done);
    });
    addRoutes(route);
  });
}

/** `/_reset`: restores the data of the start and removes the faults, without a restart. */
export async function registerResetRoute(
  app: FastifyInstance,
  store: LtsStore,
  faults: Faults,
): Promise<void> {
  await registerControlRoutes(app, {}, (route) => {
    route.post('/_reset', async (_request, reply) => {
      store.reset();
      faults.clear();
      return reply.code(204).send();
    });
  });
}

function problemOf(error: FastifyError): string {
  if (error.statusCode === 415) return "the request needs the header 'Content-Type: application/json'";
  return `the body must be a JSON object: ${error.message}`;
}

/** @param where of the object in the body, with a dot at its end */
export function unknownFields(object: object, known: readonly string[], where = ''): string[] {
  return Object.keys(object)
    .filter((name) => !known.includes(name))
    .map((name) => `${where}${name.slice(0, 50)}: is not known`);
}
