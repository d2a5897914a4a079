import type { FastifyInstance } from 'fastify';
import { registerControlRoutes } from './control-route.ts';
import type { Faults } from './faults.ts';
import type { LtsStore } from './store.ts';

/** `/_reset`: restores the data of the start and removes the faults, without a restart. */
export async function registerResetRoute(
  app: FastifyInstance,
  store: LtsStore,
  faults: Faults,
): Promise<void> {
  await registerControlRoutes(app, {}, (route) => {
    route.post('/_reset', async (_request, reply) => {
      store.reset();
      faults.clear();
      return reply.code(204).send();
    });
  });
}
