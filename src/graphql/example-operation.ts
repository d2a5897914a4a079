/** The operation that Sandbox opens with and that the start-up text sends. */
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

/** IDs and a token that work together, as the embedded LTS has them. */
export interface ExampleValues {
  readonly projectId: string;
  readonly groupId: string;
  readonly token: string;
}
