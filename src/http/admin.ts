import Fastify, { type FastifyInstance } from 'fastify';
import { collectDefaultMetrics } from 'prom-client';
import type { Metrics } from '../telemetry/metrics.ts';
import { type Readiness, registerProbes } from './probes.ts';

/** The server for operators, on its own port: `/metrics`, and the probes as well. */
export function createAdminServer(metrics: Metrics, readiness: Readiness): FastifyInstance {
  const app = Fastify();
  collectDefaultMetrics({ register: metrics.registry });
  registerProbes(app, readiness);
  app.get('/metrics', async (_request, reply) => {
    reply.type(metrics.registry.contentType);
    return metrics.registry.metrics();
  });
  return app;
}
