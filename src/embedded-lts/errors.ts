/** The errors that LTS documents, with the status and message of its API pages or its error code list. */
export const LTS_ERRORS = {
  'LTS.0001': { status: 403, error_msg: 'Invalid projectId' },
  'LTS.0003': { status: 401, error_msg: 'Invalid token' },
  'LTS.0007': { status: 400, error_msg: 'The request body format must be json' },
  'LTS.0009': { status: 400, error_msg: 'Failed to validate the request body' },
  'LTS.0010': { status: 500, error_msg: 'The system encountered an internal error' },
  'LTS.0011': { status: 403, error_msg: 'Invalid projectId' },
  'LTS.0101': { status: 400, error_msg: 'Failed to create log group, the group name has been existed' },
  'LTS.0102': { status: 500, error_msg: 'Failed to create log group' },
  'LTS.0103': { status: 500, error_msg: 'Failed to delete log group' },
  'LTS.0104': {
    status: 400,
    error_msg: 'Failed to create log group, the number of log groups exceeds the quota',
  },
  'LTS.0105': { status: 400, error_msg: 'Log group is associated by transfer' },
  'LTS.0107': {
    status: 500,
    error_msg: 'Current user does not have the permission to operate this group',
  },
  'LTS.0201': { status: 400, error_msg: 'The log group is not existed' },
  'LTS.0202': { status: 500, error_msg: 'Failed to create Log stream' },
  'LTS.0203': { status: 500, error_msg: 'Failed to delete Log stream' },
  'LTS.0204': { status: 500, error_msg: 'Failed to update log stream' },
  'LTS.0205': { status: 400, error_msg: 'The log stream name has been existed' },
  'LTS.0206': {
    status: 400,
    error_msg: 'Failed to create log stream, the number of Log streams exceeds the quota',
  },
  'LTS.0207': { status: 400, error_msg: 'Log stream is associated by transfer' },
  'LTS.0208': { status: 400, error_msg: 'The log stream does not existed' },
  'LTS.0414': { status: 401, error_msg: 'Invalid token' },
  // From the API gateway in front of LTS, which adds its request ID to the body.
  'APIGW.0101': {
    status: 404,
    error_msg: 'The API does not exist or has not been published in the environment.',
  },
  'APIGW.0301': {
    status: 401,
    error_msg: 'Incorrect IAM authentication information: x-auth-token not found',
  },
  'APIGW.0308': { status: 429, error_msg: 'The throttling threshold has been reached.' },
} as const;

export type LtsErrorCode = keyof typeof LTS_ERRORS;

/** Status and body of an error. */
export interface ErrorReply {
  readonly status: number;
  readonly error_msg: string;
}

/** Thrown to reply with one of the documented errors. */
export class LtsApiError extends Error {
  readonly code: LtsErrorCode;
  readonly reply: Partial<ErrorReply>;

  /** @param reply where the reply differs from `LTS_ERRORS` */
  constructor(code: LtsErrorCode, reply: Partial<ErrorReply> = {}) {
    super(code);
    this.code = code;
    this.reply = reply;
  }
}
