import { RESERVED_TOKENS } from './authorize.ts';
import { readEdition } from './editions.ts';
import { startEmbeddedLts } from './embedded-lts.ts';
import { DEMO } from './store.ts';

/** `npm run lts`: runs the embedded LTS alone, to develop other LTS clients against it. */
try {
  const edition = readEdition(process.env.LTS_EDITION);
  const lts = await startEmbeddedLts({
    edition,
    port: readPort(process.env.PORT),
    host: process.env.HOST || '127.0.0.1',
  });
  process.stdout.write(startText(lts.url, edition));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void lts.close());
} catch (error) {
  const { message } = error as Error;
  const isAboutSetting = /^(LTS_EDITION|PORT): /.test(message);
  process.stderr.write(`${message}${isAboutSetting ? '' : '. See HOST and PORT.'}\n`);
  process.exit(1);
}

/** @throws Error when it is no number of a port; empty counts as unset */
function readPort(text: string | undefined): number {
  if (!text) return 4010;
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new Error('PORT: must be a whole number from 0 to 65535');
}

function startText(url: string, edition: string): string {
  return `
Embedded LTS at ${url}, edition ${edition}

  project ID     ${DEMO.projectId}
  log group IDs  ${DEMO.groupId}
                 ${DEMO.otherGroupId}
  log stream ID  ${DEMO.streamId}, in the first group: has logs
  token          ${DEMO.token}, or any other but ${Object.keys(RESERVED_TOKENS).join(', ')}, which fail
  access key     ${DEMO.ak}, with the secret key ${DEMO.sk}, for SDKs that sign their calls

  curl ${url}/v2/${DEMO.projectId}/groups -H 'X-Auth-Token: ${DEMO.token}' -H 'Content-Type: application/json'

`;
}
