import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import { EXAMPLE_DOCUMENT, type ExampleValues } from '../example-operation.ts';

const PLACEHOLDERS: ExampleValues = {
  projectId: '<your project ID>',
  groupId: '<your log group ID>',
  token: '<your IAM token>',
};

/** Apollo Sandbox at `/graphql` for browsers, with the example operations; nothing when it is not enabled. */
export function explorerPlugin(enabled: boolean, example: ExampleValues = PLACEHOLDERS): ApolloServerPlugin {
  if (!enabled) return ApolloServerPluginLandingPageDisabled();
  const { projectId, groupId, token } = example;
  return ApolloServerPluginLandingPageLocalDefault({
    footer: false,
    document: EXAMPLE_DOCUMENT,
    variables: { projectId, groupId, input: { name: 'my-first-log-stream', ttlInDays: 7 } },
    headers: { 'X-Auth-Token': token },
    embed: { runTelemetry: false, endpointIsEditable: false },
  });
}
