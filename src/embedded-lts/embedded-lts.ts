import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { fastifyOpenapiGlue } from 'fastify-openapi-glue';
import { LTS_ERRORS, type LtsErrorCode, LtsRefusal } from './errors.ts';
import { serveFaultRoute } from './fault-route.ts';
import { Faults, strike } from './faults.ts';
import { authorize, type OperationId, type OperationRequest, operationsOn } from './operations.ts';
import { LtsStore } from './store.ts';

const CONTRACT = fileURLToPath(new URL('./lts.openapi.yaml', import.meta.url));

type OnCall = (operation: OperationId, groupId: string | undefined) => void;

export interface EmbeddedLts {
  /** Origin to give to a client of LTS. */
  readonly url: string;
  readonly store: LtsStore;
  /** What is to go wrong with the next calls. */
  readonly faults: Faults;
  /** How often each operation has been called, by operationId. */
  readonly calls: Map<string, number>;
  close(): Promise<void>;
}

/**
 * Starts an LTS of our own on loopback: the log group and log stream calls of API v2, on one seeded project.
 *
 * @param options.port TCP port; any free one when left out
 * @param options.faults what goes wrong; what its own fault route prepares when left out
 * @param options.onCall told of each call when it arrives: its operationId and its log group, if it names one
 */
export async function startEmbeddedLts(
  options: { port?: number; host?: string; faults?: Faults; onCall?: OnCall } = {},
): Promise<EmbeddedLts> {
  const store = new LtsStore();
  const faults = options.faults ?? new Faults();
  const calls = new Map<string, number>();
  const onCall: OnCall = (operation, groupId) => {
    calls.set(operation, (calls.get(operation) ?? 0) + 1);
    options.onCall?.(operation, groupId);
  };
  const app = Fastify({
    forceCloseConnections: true,
    http: { maxHeaderSize: 128 * 1024 }, // as the API gateway in front of LTS
    // A real API does not mend what it is sent: no coercion, nothing dropped.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: false } },
  });
  serveFaultRoute(app, faults);
  await app.register((api: FastifyInstance) => serveApi(api, store, faults, onCall));
  const url = await app.listen({ port: options.port ?? 0, host: options.host ?? '127.0.0.1' });
  return { url, store, faults, calls, close: () => app.close() };
}

async function serveApi(
  api: FastifyInstance,
  store: LtsStore,
  faults: Faults,
  onCall: OnCall,
): Promise<void> {
  api.addHook('onRequest', async (request, reply) => {
    reply.header('X-Request-Id', randomBytes(16).toString('hex'));
    if (request.is404) throw new LtsRefusal('APIGW.0101');
    const operation = operationIdOf(request);
    onCall(operation, (request.params as OperationRequest['params']).log_group_id);
    if (!request.headers['x-auth-token']) throw new LtsRefusal('APIGW.0301');
    // Reported of the real service, on DELETE as well; its body is not.
    if (!isJson(request.headers['content-type'])) return reply.code(415).send();
    authorize(store, operation, request);
  });
  api.removeContentTypeParser('application/json');
  api.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    try {
      done(null, text === '' ? undefined : JSON.parse(text as string));
    } catch {
      done(new LtsRefusal('LTS.0007'));
    }
  });
  api.setErrorHandler(answerError);
  api.setNotFoundHandler(() => {
    throw new LtsRefusal('APIGW.0101');
  });

  const operations = operationsOn(store);
  await api.register(fastifyOpenapiGlue, {
    specification: CONTRACT,
    operationResolver: (operationId) => async (request: FastifyRequest, reply: FastifyReply) => {
      const fault = faults.take(operationId, (request.params as OperationRequest['params']).log_group_id);
      if (fault?.when === 'before' && (await strike(fault, reply, NO_ANSWER))) return reply;
      const work = () => operations[operationId as OperationId](request as OperationRequest, reply);
      if (fault?.when !== 'after') return work();
      const body = answerOf(work, reply);
      const answer = { status: reply.statusCode, body: JSON.stringify(body ?? '') };
      return (await strike(fault, reply, answer)) ? reply : body;
    },
  });
}

/** What a fault that strikes before the work has to play with. */
const NO_ANSWER = { status: 500, body: '{"error_code":"LTS.0010"}' };

/** The answer of an operation, its refusals included: those are lost on the way as well. */
function answerOf(work: () => unknown, reply: FastifyReply): unknown {
  try {
    return work();
  } catch (error) {
    return refuse(error as LtsRefusal, reply);
  }
}

function answerError(error: FastifyError | LtsRefusal, _request: FastifyRequest, reply: FastifyReply): void {
  reply.send(refuse(error, reply));
}

function refuse(error: FastifyError | LtsRefusal, reply: FastifyReply) {
  const code = codeOf(error);
  const { status, error_msg } = LTS_ERRORS[code];
  reply.code(status);
  return {
    error_code: code,
    error_msg,
    ...(code.startsWith('APIGW.') && { request_id: reply.getHeader('X-Request-Id') }),
  };
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
