/** The operations in Sandbox; the start-up text has the first one. */
export const EXAMPLE_DOCUMENT = `mutation CreateLogStream($projectId: ID!, $groupId: ID!, $input: CreateLogStreamInput!) {
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

query LogStreams($projectId: ID!, $groupId: ID!) {
  logStreams(projectId: $projectId, groupId: $groupId) { id name ttlInDays createdAt }
}

query LogGroups($projectId: ID!) {
  logGroups(projectId: $projectId) { id name ttlInDays }
}
`;

/** A project, a log group and a token that fit together. */
export interface ExampleValues {
  readonly projectId: string;
  readonly groupId: string;
  readonly token: string;
}
