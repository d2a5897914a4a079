/** What contenders are asked, and what they must answer. */

/** Log streams in a list; 10,000 is as many as LTS's quotas allow in a project. */
export const LIST_SIZES = [100, 1_000, 10_000] as const;

const CREATE = `mutation CreateLogStream($projectId: ID!, $groupId: ID!, $input: CreateLogStreamInput!) {
  createLogStream(projectId: $projectId, groupId: $groupId, input: $input) {
    __typename
    ... on LogStreamCreated { logStreamId }
    ... on LtsError { code kind message isRetryable inputErrors { path message } requestId }
  }
}`;

const LIST = `query LogStreams($projectId: ID!, $groupId: ID!) {
  logStreams(projectId: $projectId, groupId: $groupId) { id name ttlInDays createdAt tags { key value } }
}`;

/** The upstream makes the ID from the name, so that each answer can be told from the others. */
export const logStreamIdOf = (number: number) =>
  `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

export const createBody = (number: number) =>
  JSON.stringify({
    query: CREATE,
    variables: {
      projectId: 'project',
      groupId: 'group',
      input: { name: `stream-${number}`, ttlInDays: 7 },
    },
  });

export const createAnswer = (number: number) => ({
  data: { createLogStream: { __typename: 'LogStreamCreated', logStreamId: logStreamIdOf(number) } },
});

export const listBody = (size: number) =>
  JSON.stringify({ query: LIST, variables: { projectId: 'project', groupId: String(size) } });

export const listAnswer = (size: number) => ({
  data: {
    logStreams: Array.from({ length: size }, (_, index) => ({
      id: logStreamIdOf(index),
      name: `stream-${index}`,
      ttlInDays: 7,
      createdAt: new Date(1_700_000_000_000 + index).toISOString(),
      tags: [
        { key: 'team', value: 'checkout' },
        { key: 'environment', value: 'production' },
      ],
    })),
  },
});
