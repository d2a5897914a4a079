import { startEmbeddedLts } from './embedded-lts.ts';
import { RESERVED_TOKENS } from './operations.ts';
import { DEMO } from './store.ts';

/** `npm run lts`: runs the embedded LTS alone, to develop other LTS clients against it. */
const lts = await startEmbeddedLts({
  port: Number(process.env.PORT || 4010),
  host: process.env.HOST || '127.0.0.1',
}).catch((error: Error) => {
  process.stderr.write(`${error.message}. See HOST and PORT.\n`);
  process.exit(1);
});

process.stdout.write(`
Embedded LTS at ${lts.url}

  project ID     ${DEMO.projectId}
  log group IDs  ${DEMO.groupId}
                 ${DEMO.otherGroupId}
  token          ${DEMO.token}, or any other but ${Object.keys(RESERVED_TOKENS).join(', ')}, which fail

  curl ${lts.url}/v2/${DEMO.projectId}/groups -H 'X-Auth-Token: ${DEMO.token}' -H 'Content-Type: application/json'

`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void lts.close());
