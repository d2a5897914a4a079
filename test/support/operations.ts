/** The operations the tests send, with every field of their answers. */

const LTS_ERROR = `... on LtsError {
  code message kind httpStatus isRetryable inputErrors { path message } requestId ltsRequestId
}`;

export const CREATE_LOG_STREAM = `mutation ($projectId: ID!, $groupId: ID!, $input: CreateLogStreamInput!) {
  createLogStream(projectId: $projectId, groupId: $groupId, input: $input) {
    __typename
    ... on LogStreamCreated {
      logStreamId
      logStream { id name alias ttlInDays createdAt tags { key value } }
    }
    ${LTS_ERROR}
  }
}`;

export const LOG_STREAMS = `query ($projectId: ID!, $groupId: ID!) {
  logStreams(projectId: $projectId, groupId: $groupId) { id name alias ttlInDays createdAt tags { key value } }
}`;

export const LOG_GROUPS = `query ($projectId: ID!) {
  logGroups(projectId: $projectId) { id name alias ttlInDays createdAt tags { key value } }
}`;
