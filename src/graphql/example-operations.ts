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

const LOGS = `query Logs($projectId: ID!, $groupId: ID!, $id: ID!) {
  logStream(projectId: $projectId, groupId: $groupId, id: $id) {
    name
    logs(search: { lastSeconds: 900 }, first: 20) {
      edges {
        node { at content }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}
`;

/** A project, a log group, a log stream that has logs, and a token that fit together. */
export interface ExampleValues {
  readonly projectId: string;
  readonly groupId: string;
  readonly streamId: string;
  readonly token: string;
}

const PLACEHOLDERS: ExampleValues = {
  projectId: '<your project ID>',
  groupId: '<your log group ID>',
  streamId: '<your log stream ID>',
  token: '<your IAM token>',
};

/** The example that creates a log stream, with its variables and headers. */
export function exampleCreate({ projectId, groupId, token }: ExampleValues, name = 'my-first-log-stream') {
  const input = { name, ttlInDays: 7 };
  return {
    query: CREATE_LOG_STREAM,
    variables: { projectId, groupId, input },
    headers: { 'X-Auth-Token': token },
  };
}

/** All examples: in one document, with the variables of all, and one by one. */
export function exampleOperations(values: ExampleValues = PLACEHOLDERS) {
  const create = exampleCreate(values, 'my-second-log-stream'); // the first may have been created with curl
  const { variables, headers } = create;
  const { projectId, groupId, streamId } = values;
  return {
    document: [CREATE_LOG_STREAM, LOG_STREAMS, LOG_GROUPS, LOGS].join('\n'),
    variables: { ...variables, id: streamId },
    headers,
    operations: [
      create,
      { query: LOG_STREAMS, variables: { projectId, groupId }, headers },
      { query: LOG_GROUPS, variables: { projectId }, headers },
      { query: LOGS, variables: { projectId, groupId, id: streamId }, headers },
    ],
  };
}
