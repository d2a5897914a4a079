import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

/** @param explorer whether Apollo Sandbox is served: its page brings a policy of its own, with a nonce for each script */
export async function registerSecurityHeaders(app: FastifyInstance, explorer: boolean): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: !explorer && {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
  });
}
