import { EXAMPLE_DOCUMENT, type ExampleValues } from './graphql/example-operation.ts';

/** What a person needs who has just started the gateway on the embedded LTS. */
export function demoText(gatewayUrl: string, lts: string, example: ExampleValues): string {
  return `
LTS gateway: open ${gatewayUrl}/graphql in a browser for Apollo Sandbox.

It runs on an embedded LTS (${lts}) that forgets everything on exit.
Set LTS_REGION or LTS_ENDPOINT to use a real one.

  project ID    ${example.projectId}
  log group ID  ${example.groupId}
  token         ${example.token}

Create a log stream:

${curlLine(gatewayUrl, example)}

`;
}

function curlLine(gatewayUrl: string, { projectId, groupId, token }: ExampleValues): string {
  const body = JSON.stringify({
    query: EXAMPLE_DOCUMENT.slice(0, EXAMPLE_DOCUMENT.indexOf('\n}\n') + 2).replace(/\s+/g, ' '),
    variables: { projectId, groupId, input: { name: 'my-first-log-stream', ttlInDays: 7 } },
  });
  return `curl ${gatewayUrl}/graphql -H 'Content-Type: application/json' -H 'X-Auth-Token: ${token}' -d '${body}'`;
}
