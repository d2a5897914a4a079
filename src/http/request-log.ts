import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RequestRecord } from '../telemetry/request-record.ts';

declare module 'fastify' {
  interface FastifyRequest {
    record: RequestRecord;
  }
}

/** Gives every request its record and its ID in the response, and writes its one line to the log. */
export function logRequests(app: FastifyInstance): void {
  app.decorateRequest('record');
  app.addHook('onRequest', async (request, reply) => {
    request.record = {};
    reply.header('X-Request-Id', request.id);
  });
  app.addHook('onResponse', async (request, reply) => {
    if (isProbe(request)) return;
    const { operation, failure } = request.record;
    request.log.info(
      {
        method: request.method,
        path: pathOf(request),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
        ...(operation && { operation: operation.name, type: operation.type }),
        outcome: failure?.code ?? (reply.statusCode < 400 ? 'OK' : 'REFUSED'),
        ...(failure && { kind: failure.kind }),
      },
      'request',
    );
  });
}

/** Path without the query string: a GET's query string holds the variables. */
function pathOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'unknown';
}

function isProbe(request: FastifyRequest): boolean {
  return request.routeOptions.url === '/livez' || request.routeOptions.url === '/readyz';
}
