import type { IncomingMessage } from 'node:http';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller, RequestContext } from '../telemetry/request-context.ts';
import { languageOf } from './language.ts';
import { isProbe } from './probes.ts';

declare module 'fastify' {
  interface FastifyRequest {
    requestContext: RequestContext;
  }
}

type CallerOf = (request: IncomingMessage) => Caller;

/** Gives every request its context, and its response the request's ID. */
export function registerRequestContext(app: FastifyInstance, callerOf: CallerOf): void {
  app.decorateRequest('requestContext');
  app.addHook('onRequest', (request, reply, done) => {
    addRequestContext(request, reply, callerOf);
    done();
  });
}

/** Also for what Fastify refuses before it calls any hook. */
export function addRequestContext(request: FastifyRequest, reply: FastifyReply, callerOf: CallerOf): void {
  const closed = new AbortController();
  request.requestContext = {
    requestId: request.id,
    caller: callerOf(request.raw),
    language: languageOf(request.raw),
    signal: closed.signal,
    log: request.log,
    summary: { trace: ROOT_CONTEXT },
  };
  reply.header('X-Request-Id', request.id);
  if (!isProbe(request)) reply.header('Vary', 'Accept-Language'); // CORS adds `Origin`
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) closed.abort();
  });
}
