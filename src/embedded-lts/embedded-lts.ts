import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import Fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify';
import { fastifyOpenapiGlue } from 'fastify-openapi-glue';
import { LTS_ERRORS, type LtsErrorCode, LtsRefusal } from './errors.ts';
import { authorize, type OperationId, type OperationRequest, operationsOn } from './operations.ts';
import { LtsStore } from './store.ts';

const CONTRACT = fileURLToPath(new URL('./lts.openapi.yaml', import.meta.url));

export interface EmbeddedLts {
  /** Origin to give to a client of LTS. */
  readonly url: string;
  readonly store: LtsStore;
  close(): Promise<void>;
}

/**
 * Starts an LTS of our own on loopback: the log group and log stream calls of API v2, on one seeded project.
 *
 * @param options.port TCP port; any free one when left out
 */
export async function startEmbeddedLts(options: { port?: number; host?: string } = {}): Promise<EmbeddedLts> {
  const store = new LtsStore();
  const app = Fastify({
    forceCloseConnections: true,
    // A real API does not mend what it is sent: no coercion, nothing dropped.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: false } },
  });

  app.addHook('onRequest', async (request, reply) => {
    reply.header('X-Request-Id', randomBytes(16).toString('hex'));
    if (request.is404) throw new LtsRefusal('APIGW.0101');
    if (!request.headers['x-auth-token']) throw new LtsRefusal('APIGW.0301');
    // Reported of the real service, on DELETE as well; its body is not.
    if (!isJson(request.headers['content-type'])) return reply.code(415).send();
    authorize(store, operationIdOf(request), request);
  });
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    try {
      done(null, text === '' ? undefined : JSON.parse(text as string));
    } catch {
      done(new LtsRefusal('LTS.0007'));
    }
  });
  app.setErrorHandler(answerError);

  const operations = operationsOn(store);
  await app.register(fastifyOpenapiGlue, {
    specification: CONTRACT,
    operationResolver: (operationId) => (request, reply) => {
      reply.send(operations[operationId as OperationId](request as OperationRequest, reply));
    },
  });

  const url = await app.listen({ port: options.port ?? 0, host: options.host ?? '127.0.0.1' });
  return { url, store, close: () => app.close() };
}

function answerError(error: FastifyError | LtsRefusal, _request: FastifyRequest, reply: FastifyReply): void {
  const code = codeOf(error);
  const { status, error_msg } = LTS_ERRORS[code];
  reply.code(status).send({
    error_code: code,
    error_msg,
    ...(code.startsWith('APIGW.') && { request_id: reply.getHeader('X-Request-Id') }),
  });
}

function codeOf(error: FastifyError | LtsRefusal): LtsErrorCode {
  if (error instanceof LtsRefusal) return error.code;
  return 'validation' in error && error.validation ? 'LTS.0009' : 'LTS.0010';
}

/** The contract's operationId, which the plugin leaves in the route's schema. */
function operationIdOf(request: FastifyRequest): OperationId {
  return (request.routeOptions.schema as { operationId: OperationId }).operationId;
}

function isJson(contentType: string | undefined): boolean {
  return /^application\/json\s*(;|$)/i.test(contentType ?? '');
}
