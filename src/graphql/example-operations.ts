const CREATE_LOG_STREAM = `mutation CreateLogStream($projectId: ID!, $groupId: ID!, $input: CreateLogStreamInput!) {
  createLogStream(projectId: $projectId, groupId: $groupId, input: $input) {
    __typename
    ... on LogStreamCreated {
      logStreamId
      logStream { name ttlInDays }
    }
    ... on LtsError {
      code
      kind
      message
      outcome
      isRetryable
      inputErrors { path message }
      requestId
    }
  }
}
`;

const LOG_STREAMS = `query LogStreams($projectId: ID!, $groupId: ID!) {
  logStreams(projectId: $projectId, groupId: $groupId) { id name ttlInDays createdAt }
}
`;

const LOG_GROUPS = `query LogGroups($projectId: ID!) {
  logGroups(projectId: $projectId) { id name ttlInDays }
}
`;

/** All example operations; the start-up text has the first one. */
export const EXAMPLE_DOCUMENT = [CREATE_LOG_STREAM, LOG_STREAMS, LOG_GROUPS].join('\n');

/** A project, a log group and a token that fit together. */
export interface ExampleValues {
  readonly projectId: string;
  readonly groupId: string;
  readonly token: string;
}

const PLACEHOLDERS: ExampleValues = {
  projectId: '<your project ID>',
  groupId: '<your log group ID>',
  token: '<your IAM token>',
};

/** The example operations with their variables and headers: all in one document, and one by one. */
export function exampleOperations({ projectId, groupId, token }: ExampleValues = PLACEHOLDERS) {
  const headers = { 'X-Auth-Token': token };
  const variables = { projectId, groupId, input: { name: 'my-first-log-stream', ttlInDays: 7 } };
  return {
    document: EXAMPLE_DOCUMENT,
    variables,
    headers,
    operations: [
      { query: CREATE_LOG_STREAM, variables, headers },
      { query: LOG_STREAMS, variables: { projectId, groupId }, headers },
      { query: LOG_GROUPS, variables: { projectId }, headers },
    ],
  };
}
