import Fastify, { type FastifyInstance } from 'fastify';
import { collectDefaultMetrics } from 'prom-client';
import type { Metrics } from '../telemetry/metrics.ts';
import { type Readiness, serveProbes } from './probes.ts';

/** What those who run the gateway ask, on a port of its own: `/metrics`, and the probes there as well. */
export function createAdmin(metrics: Metrics, readiness: Readiness): FastifyInstance {
  const app = Fastify();
  collectDefaultMetrics({ register: metrics.registry });
  serveProbes(app, readiness);
  app.get('/metrics', async (_request, reply) => {
    reply.type(metrics.registry.contentType);
    return metrics.registry.metrics();
  });
  return app;
}
