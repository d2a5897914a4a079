import { RESERVED_TOKENS } from './authorize.ts';
import { readEdition } from './editions.ts';
import { startEmbeddedLts } from './embedded-lts.ts';
import { DEMO } from './store.ts';

/** `npm run lts`: runs the embedded LTS alone, to develop other LTS clients against it. */
try {
  const edition = readEdition(process.env.LTS_EDITION);
  const lts = await startEmbeddedLts({
    edition,
    port: Number(process.env.PORT || 4010),
    host: process.env.HOST || '127.0.0.1',
  });
  process.stdout.write(startText(lts.url, edition));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void lts.close());
} catch (error) {
  const { message } = error as Error;
  process.stderr.write(`${message}${message.startsWith('LTS_EDITION') ? '' : '. See HOST and PORT.'}\n`);
  process.exit(1);
}

function startText(url: string, edition: string): string {
  return `
Embedded LTS at ${url}, edition ${edition}

  project ID     ${DEMO.projectId}
  log group IDs  ${DEMO.groupId}
                 ${DEMO.otherGroupId}
  token          ${DEMO.token}, or any other but ${Object.keys(RESERVED_TOKENS).join(', ')}, which fail
  access key     ${DEMO.ak}, with the secret key ${DEMO.sk}, for SDKs that sign their calls

  curl ${url}/v2/${DEMO.projectId}/groups -H 'X-Auth-Token: ${DEMO.token}' -H 'Content-Type: application/json'

`;
}
