const LTS_ERROR = '... on LtsError { code kind outcome message isRetryable existingLogStream { name } }';
const LOG_STREAM = 'id name ttlInDays createdAt';

export const CREATE_LOG_STREAM = `mutation Create($projectId: ID!, $groupId: ID!, $input: CreateLogStreamInput!) {
  result: createLogStream(projectId: $projectId, groupId: $groupId, input: $input) {
    __typename ... on LogStreamCreated { logStreamId } ${LTS_ERROR}
  }
}`;

export const DELETE_LOG_STREAM = `mutation Delete($projectId: ID!, $groupId: ID!, $streamId: ID!) {
  result: deleteLogStream(projectId: $projectId, groupId: $groupId, streamId: $streamId) {
    __typename ... on LogStreamDeleted { logStreamId } ${LTS_ERROR}
  }
}`;

export const LOG_STREAMS = `query List($projectId: ID!, $groupId: ID!) {
  result: logStreams(projectId: $projectId, groupId: $groupId) { ${LOG_STREAM} }
}`;

export const LOG_GROUPS_WITH_STREAMS = `query ListAll($projectId: ID!) {
  result: logGroups(projectId: $projectId) { id name logStreams { ${LOG_STREAM} } }
}`;

export interface MutationResult {
  readonly __typename: string;
  readonly logStreamId?: string;
  readonly kind?: string;
  readonly outcome?: string;
  readonly existingLogStream?: { readonly name: string } | null;
  readonly message?: string;
  readonly isRetryable?: boolean;
}

export interface ListedStream {
  readonly id: string;
  readonly name: string;
}

export interface ListedGroup {
  readonly id: string;
  readonly logStreams: readonly ListedStream[] | null;
}

export interface GraphqlResponse<T> {
  readonly result: T | null;
  /** The kind of the error, or its `extensions.code`; `null` for a success. */
  readonly failure: string | null;
}

/** @throws SyntaxError when it is not JSON */
export function parseResponse<T>({ status, body }: { status: number; body: string }): GraphqlResponse<T> {
  const { data, errors } = JSON.parse(body) as {
    data?: { result?: T | null };
    errors?: readonly { extensions?: { code?: string } }[];
  };
  const result = data?.result ?? null;
  const code = errors?.[0]?.extensions?.code ?? 'NO_REASON';
  if (result === null) return { result, failure: status === 200 ? code : `${status} ${code}` };
  return { result, failure: errors ? code : ((result as Partial<MutationResult>).kind ?? null) };
}
