import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import { LIMITS } from '../graphql/limits.ts';
import { errorBody } from './errors.ts';

/**
 * Security headers, and a limit on the size of the token.
 *
 * @param explorer whether Apollo Sandbox is served
 */
export async function protect(app: FastifyInstance, explorer: boolean): Promise<void> {
  await app.register(helmet, {
    // The page of Sandbox brings a policy of its own, with a nonce for each script.
    contentSecurityPolicy: !explorer && {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
  });
  app.addHook('onRequest', async (request, reply) => {
    const { 'x-auth-token': token = '', authorization = '' } = request.headers;
    if (Math.max(token.length, authorization.length) <= LIMITS.tokenBytes) return;
    const message = `The token is too large: at most ${LIMITS.tokenBytes} bytes.`;
    return reply.code(431).send(errorBody(message, 'LIMIT_EXCEEDED', request.id));
  });
}
