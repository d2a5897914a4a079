import type { FastifyInstance, FastifyRequest } from 'fastify';

const PROBES: ReadonlySet<string> = new Set(['/livez', '/readyz']);

/** Whether the gateway takes new traffic: `run` sets it when it listens and clears it to drain. */
export interface Readiness {
  ready: boolean;
}

/** `/livez`: the process is up. `/readyz`: 503 while starting or draining. Neither calls LTS. */
export function registerProbes(app: FastifyInstance, readiness: Readiness): void {
  app.get('/livez', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    if (readiness.ready) return { status: 'ok' };
    return reply.code(503).send({ status: 'not ready' });
  });
}

/** Whether a request is for a probe, before Fastify has routed it. */
export function isProbePath(url: string | undefined): boolean {
  const [path = ''] = url?.split('?', 1) ?? [];
  return PROBES.has(path.replace(/\/$/, ''));
}

/** Whether a request was routed to a probe. */
export function isProbe(request: FastifyRequest): boolean {
  return PROBES.has(request.routeOptions.url ?? '');
}
