import { EXAMPLE_DOCUMENT, type ExampleValues } from './graphql/example-operation.ts';

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

  project ID    ${example.projectId}
  log group ID  ${example.groupId}
  token         ${example.token}

${
  anyDocumentRuns
    ? `Create a log stream:\n\n${curlLine(gatewayUrl, example)}\n`
    : 'Only the operations in TRUSTED_DOCUMENTS run: send the ID of one, or its exact text.'
}

`;
}

function curlLine(gatewayUrl: string, { projectId, groupId, token }: ExampleValues): string {
  const body = JSON.stringify({
    query: EXAMPLE_DOCUMENT.slice(0, EXAMPLE_DOCUMENT.indexOf('\n}\n') + 2).replace(/\s+/g, ' '),
    variables: { projectId, groupId, input: { name: 'my-first-log-stream', ttlInDays: 7 } },
  });
  return `curl ${gatewayUrl}/graphql -H 'Content-Type: application/json' -H 'X-Auth-Token: ${token}' -d '${body}'`;
}
