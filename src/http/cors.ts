import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/** Headers of a response that a page may read. */
export const EXPOSED_HEADERS = ['X-Request-Id', 'Retry-After'];

/** Lets pages on these origins call the gateway from a browser; none closes it to all other origins. */
export async function openToOrigins(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  await app.register(cors, {
    origin: [...origins],
    methods: ['GET', 'POST'],
    allowedHeaders: [
      'Content-Type',
      'X-Auth-Token',
      'Authorization',
      'X-Request-Id',
      'Apollo-Require-Preflight',
    ],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 86_400,
  });
}
