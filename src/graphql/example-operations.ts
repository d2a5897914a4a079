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
      localizedMessage
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

/** The example that creates a log stream, with its variables and headers. */
export function exampleCreate({ projectId, groupId, token }: ExampleValues) {
  const input = { name: 'my-first-log-stream', ttlInDays: 7 };
  return {
    query: CREATE_LOG_STREAM,
    variables: { projectId, groupId, input },
    headers: { 'X-Auth-Token': token },
  };
}

/** All examples: in one document, for which the variables of the create suffice, and one by one. */
export function exampleOperations(values: ExampleValues = PLACEHOLDERS) {
  const create = exampleCreate(values);
  const { variables, headers } = create;
  const { projectId, groupId } = values;
  return {
    document: [CREATE_LOG_STREAM, LOG_STREAMS, LOG_GROUPS].join('\n'),
    variables,
    headers,
    operations: [
      create,
      { query: LOG_STREAMS, variables: { projectId, groupId }, headers },
      { query: LOG_GROUPS, variables: { projectId }, headers },
    ],
  };
}
