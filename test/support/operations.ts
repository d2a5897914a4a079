// Each operation selects every field, but for those that take calls of their own.

const LOG_GROUP = 'id name alias ttlInDays createdAt enterpriseProjectId tags { key value }';
const LOG_STREAM = 'id name alias ttlInDays createdAt enterpriseProjectId tags { key value }';
const LTS_ERROR = `... on LtsError {
  code message localizedMessage kind outcome httpStatus isRetryable retryAfterSeconds inputErrors { path message }
  requestId ltsRequestId
}`;

export const CREATE_LOG_STREAM = `mutation ($projectId: ID!, $groupId: ID!, $input: CreateLogStreamInput!) {
  createLogStream(projectId: $projectId, groupId: $groupId, input: $input) {
    __typename
    ... on LogStreamCreated {
      logStreamId
      logStream { ${LOG_STREAM} }
    }
    ${LTS_ERROR}
  }
}`;

export const LOG_STREAMS = `query ($projectId: ID!, $groupId: ID!) {
  logStreams(projectId: $projectId, groupId: $groupId) { ${LOG_STREAM} }
}`;

export const LOG_GROUPS = `query ($projectId: ID!) {
  logGroups(projectId: $projectId) { ${LOG_GROUP} }
}`;

export const LOG_GROUP_BY_ID = `query ($projectId: ID!, $id: ID!) {
  logGroup(projectId: $projectId, id: $id) { ${LOG_GROUP} logStreams { ${LOG_STREAM} } }
}`;

export const LOG_STREAM_BY_ID = `query ($projectId: ID!, $groupId: ID!, $id: ID!) {
  logStream(projectId: $projectId, groupId: $groupId, id: $id) { ${LOG_STREAM} }
}`;

export const LOG_STREAM_BY_NAME = `query ($projectId: ID!, $groupName: String!, $name: String!) {
  logStreamByName(projectId: $projectId, groupName: $groupName, name: $name) { ${LOG_STREAM} }
}`;

export const GROUPS_WITH_STREAMS = `query ($projectId: ID!) {
  logGroups(projectId: $projectId) { id name logStreams { id name } }
}`;

export const CREATE_LOG_GROUP = `mutation ($projectId: ID!, $input: CreateLogGroupInput!) {
  createLogGroup(projectId: $projectId, input: $input) {
    __typename ... on LogGroupCreated { logGroupId logGroup { ${LOG_GROUP} } } ${LTS_ERROR}
  }
}`;

export const UPDATE_LOG_GROUP = `mutation ($projectId: ID!, $groupId: ID!, $input: UpdateLogGroupInput!) {
  updateLogGroup(projectId: $projectId, groupId: $groupId, input: $input) {
    __typename ... on LogGroupUpdated { logGroup { ${LOG_GROUP} } } ${LTS_ERROR}
  }
}`;

export const DELETE_LOG_GROUP = `mutation ($projectId: ID!, $groupId: ID!) {
  deleteLogGroup(projectId: $projectId, groupId: $groupId) {
    __typename ... on LogGroupDeleted { logGroupId } ${LTS_ERROR}
  }
}`;

export const UPDATE_LOG_STREAM = `mutation ($projectId: ID!, $groupId: ID!, $streamId: ID!, $input: UpdateLogStreamInput!) {
  updateLogStream(projectId: $projectId, groupId: $groupId, streamId: $streamId, input: $input) {
    __typename ... on LogStreamUpdated { logStream { ${LOG_STREAM} } } ${LTS_ERROR}
  }
}`;

export const DELETE_LOG_STREAM = `mutation ($projectId: ID!, $groupId: ID!, $streamId: ID!) {
  deleteLogStream(projectId: $projectId, groupId: $groupId, streamId: $streamId) {
    __typename ... on LogStreamDeleted { logStreamId } ${LTS_ERROR}
  }
}`;

/** The document of a mutation with more fields of LtsError. */
export const withErrorFields = (document: string, fields: string) =>
  document.replace('... on LtsError {', `... on LtsError { ${fields}`);
