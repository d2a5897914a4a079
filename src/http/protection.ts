import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import { LIMITS } from '../graphql/limits.ts';
import { errorBody } from './errors.ts';

export interface ProtectionOptions {
  /** Origins whose pages may call the gateway; none closes it to browsers on other origins. */
  readonly corsOrigins: readonly string[];
  /** Whether Apollo Sandbox is served. */
  readonly explorer: boolean;
}

/** Security headers, CORS, and a limit on the size of the token. */
export async function protect(app: FastifyInstance, options: ProtectionOptions): Promise<void> {
  await app.register(helmet, {
    // The page of Sandbox brings a policy of its own, with a nonce for each script.
    contentSecurityPolicy: !options.explorer && {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
  });
  if (options.corsOrigins.length > 0) {
    await app.register(cors, {
      origin: [...options.corsOrigins],
      methods: ['GET', 'POST'],
      allowedHeaders: [
        'Content-Type',
        'X-Auth-Token',
        'Authorization',
        'X-Request-Id',
        'Apollo-Require-Preflight',
      ],
      exposedHeaders: ['X-Request-Id', 'Retry-After'],
      maxAge: 86_400,
    });
  }
  app.addHook('onRequest', async (request, reply) => {
    const { 'x-auth-token': token = '', authorization = '' } = request.headers;
    if (Math.max(token.length, authorization.length) <= LIMITS.tokenBytes) return;
    const message = `The token is too large: at most ${LIMITS.tokenBytes} bytes.`;
    return reply.code(431).send(errorBody(message, 'LIMIT_EXCEEDED', request.id));
  });
}
