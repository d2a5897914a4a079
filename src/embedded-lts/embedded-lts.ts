import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { fastifyOpenapiGlue } from 'fastify-openapi-glue';
import { authorize } from './authorize.ts';
import { registerResetRoute } from './control-route.ts';
import { EDITIONS, type EditionName } from './editions.ts';
import { LTS_ERRORS, LtsApiError } from './errors.ts';
import { registerFaultRoute } from './fault-route.ts';
import { Faults, injectFault } from './faults.ts';
import { registerLogRoute } from './log-route.ts';
import { createOperations, type Operation, type OperationId, type OperationRequest } from './operations.ts';
import { isSigned, verifySignature } from './signature.ts';
import { LtsStore } from './store.ts';

const CONTRACT = fileURLToPath(new URL('../embedded-lts/lts.openapi.yaml', import.meta.url));

type OnCall = (operation: OperationId, groupId: string | undefined) => void;

export interface EmbeddedLts {
  readonly url: string;
  readonly store: LtsStore;
  readonly faults: Faults;
  /** Number of calls by operationId. */
  readonly calls: Map<string, number>;
  close(): Promise<void>;
}

/**
 * Starts a server that implements LTS's API v2 for log groups, log streams and logs, on one project with sample data.
 *
 * @param options.edition whose LTS it imitates, by default Huawei Cloud's
 * @param options.port TCP port, by default any free one
 * @param options.faults the faults to inject, by default those that `/_faults` is sent
 * @param options.onCall called when a call arrives, with its operationId and its log group, if its path names one
 */
export async function startEmbeddedLts(
  options: { edition?: EditionName; port?: number; host?: string; faults?: Faults; onCall?: OnCall } = {},
): Promise<EmbeddedLts> {
  const store = new LtsStore(options.edition ?? 'huawei');
  const faults = options.faults ?? new Faults();
  const calls = new Map<string, number>();
  const onCall: OnCall = (operation, groupId) => {
    calls.set(operation, (calls.get(operation) ?? 0) + 1);
    options.onCall?.(operation, groupId);
  };
  const app = Fastify({
    forceCloseConnections: true,
    http: { maxHeaderSize: 128 * 1024 }, // the limit of the API gateway in front of LTS
    // LTS rejects values of the wrong type and unknown properties; Fastify's defaults convert or remove them.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: false } },
  });
  await registerFaultRoute(app, faults);
  await registerLogRoute(app, store);
  await registerResetRoute(app, store, faults);
  await app.register((api: FastifyInstance) => registerApi(api, store, faults, onCall));
  const url = await app.listen({ port: options.port ?? 0, host: options.host ?? '127.0.0.1' });
  return { url, store, faults, calls, close: () => app.close() };
}

async function registerApi(
  api: FastifyInstance,
  store: LtsStore,
  faults: Faults,
  onCall: OnCall,
): Promise<void> {
  api.addHook('onRequest', async (request, reply) => {
    reply.header('X-Request-Id', randomBytes(16).toString('hex'));
    if (request.is404) throw new LtsApiError('APIGW.0101');
    const operation = operationOf(request);
    onCall(operation.operationId, (request.params as OperationRequest['params']).log_group_id);
    if (EDITIONS[store.edition].unpublished.includes(operation.operationId)) {
      throw new LtsApiError('APIGW.0101');
    }
    const hasToken = Boolean(request.headers['x-auth-token']);
    if (!hasToken && !isSigned(request.headers)) throw new LtsApiError('APIGW.0301');
    // LTS is reported to reply so, to DELETE as well; with which body is unknown.
    if (!isJson(request.headers['content-type'])) return reply.code(415).send();
    if (hasToken) authorize(store, operation, request);
  });
  api.removeContentTypeParser('application/json');
  api.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  api.addHook('preValidation', async (request) => {
    const body = Buffer.from((request.body as Buffer | null | undefined) ?? '');
    if (!request.headers['x-auth-token']) {
      const { method, url, headers } = request;
      verifySignature({ method, url, headers, body });
      authorize(store, operationOf(request), request);
    }
    request.body = parseJson(body);
  });
  api.setErrorHandler((error: FastifyError | LtsApiError, _request, reply) => {
    reply.send(errorReply(store, error, reply));
  });
  api.setNotFoundHandler(() => {
    throw new LtsApiError('APIGW.0101');
  });

  const operations = createOperations(store);
  await api.register(fastifyOpenapiGlue, {
    specification: CONTRACT,
    operationResolver: (operationId) => async (request: FastifyRequest, reply: FastifyReply) => {
      const groupId = groupOf(request as OperationRequest);
      const fault = faults.take(operationId, groupId);
      const { edition } = store;
      if (fault?.when === 'before') {
        const original = { ...REPLY_WITHOUT_EXECUTION, edition };
        if (await injectFault(fault, reply, original)) return reply;
      }
      const execute = () => {
        const body = operations[operationId as OperationId](request as OperationRequest, reply);
        const stale = faults.takeStaleList(operationId, groupId);
        if (stale) store.delayLists(stale.ms, createdId(body));
        return body;
      };
      if (fault?.when !== 'after') return execute();
      const body = bodyOf(store, execute, reply);
      const original = { status: reply.statusCode, body: JSON.stringify(body ?? ''), edition };
      return (await injectFault(fault, reply, original)) ? reply : body;
    },
  });
}

/** What a fault changes when the operation has not been executed. */
const REPLY_WITHOUT_EXECUTION = { status: 500, body: '{"error_code":"LTS.0010"}' };

/** Faults apply to error replies as well. */
function bodyOf(store: LtsStore, execute: () => unknown, reply: FastifyReply): unknown {
  try {
    return execute();
  } catch (error) {
    return errorReply(store, error as LtsApiError, reply);
  }
}

/** Sets the status of an error reply and returns its body. */
function errorReply({ edition }: LtsStore, error: FastifyError | LtsApiError, reply: FastifyReply) {
  const { code: error_code, reply: instead } = toLtsApiError(error);
  const { status, error_msg } = {
    ...LTS_ERRORS[error_code],
    ...EDITIONS[edition].errors[error_code],
    ...instead,
  };
  reply.code(status);
  return {
    error_code,
    error_msg,
    ...(error_code.startsWith('APIGW.') && { request_id: reply.getHeader('X-Request-Id') }),
  };
}

function toLtsApiError(error: FastifyError | LtsApiError): LtsApiError {
  if (error instanceof LtsApiError) return error;
  return new LtsApiError('validation' in error && error.validation ? 'LTS.0009' : 'LTS.0010');
}

/** The log group that a call names, in its path or in its body. */
function groupOf({ params, body }: OperationRequest): string | undefined {
  return params.log_group_id ?? (body as { group_id?: string } | undefined)?.group_id;
}

/** The body of a create has the ID alone, a delete has none. */
function createdId(body: unknown): string | undefined {
  return body === undefined ? undefined : String(Object.values(body as object)[0]);
}

/** fastify-openapi-glue keeps it in the route's schema. */
function operationOf(request: FastifyRequest): Operation {
  return request.routeOptions.schema as unknown as Operation;
}

function isJson(contentType: string | undefined): boolean {
  return /^application\/json\s*(;|$)/i.test(contentType ?? '');
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new LtsApiError('LTS.0007');
  }
}
