import type { FastifyInstance, FastifyRequest } from 'fastify';

const PROBES: ReadonlySet<string> = new Set(['/livez', '/readyz']);

/** Whether new traffic is welcome; `run` sets it when listening and clears it to drain. */
export interface Readiness {
  ready: boolean;
}

/**
 * `/livez`: the process is up. `/readyz`: 503 while starting or draining. Neither asks LTS.
 *
 * While draining, every answer ends its connection: one that is kept alive would hold up the end.
 */
export function serveProbes(app: FastifyInstance, readiness: Readiness): void {
  app.addHook('onSend', async (_request, reply) => {
    if (!readiness.ready) reply.header('Connection', 'close');
  });
  app.get('/livez', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    if (readiness.ready) return { status: 'ok' };
    return reply.code(503).send({ status: 'not ready' });
  });
}

/** Whether a request's URL, its query included, leads to a probe. */
export function isProbePath(url: string | undefined): boolean {
  const [path = ''] = url?.split('?', 1) ?? [];
  return PROBES.has(path.replace(/\/$/, ''));
}

export function isProbe(request: FastifyRequest): boolean {
  return PROBES.has(request.routeOptions.url ?? '');
}
