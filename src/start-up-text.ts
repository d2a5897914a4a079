import { type ExampleValues, exampleCreate } from './graphql/example-operations.ts';

/** What is at `/graphql` for a browser, by the setting EXPLORER. */
const PAGES = {
  sandbox: 'Apollo Sandbox, or for GraphiQL where Sandbox cannot be loaded',
  graphiql: 'GraphiQL',
  off: null,
};

/** The settings that decide what a person can try. */
interface WhatIsOpen {
  readonly explorer: keyof typeof PAGES;
  /** The only operations that run. */
  readonly trustedDocuments: unknown;
}

/** What a person needs who has just started the gateway on the embedded LTS. It offers only what is not refused. */
export function demoText(
  gatewayUrl: string,
  lts: string,
  example: ExampleValues,
  { explorer, trustedDocuments }: WhatIsOpen,
): string {
  const anyDocumentRuns = trustedDocuments === null;
  const address = `${gatewayUrl}/graphql`;
  const page = anyDocumentRuns ? PAGES[explorer] : null;
  return `
LTS gateway: ${page === null ? `apps call ${address}` : `open ${address} in a browser for ${page}`}.

It runs on an embedded LTS (${lts}) that forgets everything on exit.
Set LTS_REGION or LTS_ENDPOINT to use a real one.

  project ID     ${example.projectId}
  log group ID   ${example.groupId}
  log stream ID  ${example.streamId}, which has logs
  token          ${example.token}

${
  anyDocumentRuns
    ? `Create a log stream:\n\n${curlLine(gatewayUrl, example)}\n`
    : 'Only the operations in TRUSTED_DOCUMENTS run: send the ID of one, or its exact text.'
}

`;
}

function curlLine(gatewayUrl: string, example: ExampleValues): string {
  const { query, variables } = exampleCreate(example);
  const body = JSON.stringify({ query: query.replace(/\s+/g, ' ').trim(), variables });
  return `curl ${gatewayUrl}/graphql -H 'Content-Type: application/json' -H 'X-Auth-Token: ${example.token}' -d '${body}'`;
}
