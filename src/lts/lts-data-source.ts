import { carriesErrorCode, failureOfReply, isSuccess, ownFailure, parseJson } from './lts-failure.ts';
import type { LtsCall, LtsUpstream } from './lts-upstream.ts';
import {
  type LogGroupRecord,
  type LogStreamRecord,
  type NewLogStream,
  readCreatedId,
  readLogGroups,
  readLogStreams,
  UnreadableBody,
  writeNewLogStream,
} from './wire.ts';

/**
 * LTS as one caller sees it: made for one request, with that request's token, and never shared.
 *
 * Every method throws LtsFailure when LTS refuses, fails, or cannot be reached. IDs given to a method must be
 * plain path segments; the resolvers' validation sees to that.
 */
export class LtsDataSource {
  readonly #upstream: LtsUpstream;
  readonly #token: string | null;

  /** @param token the caller's IAM token; with `null`, every method fails as unauthenticated */
  constructor(upstream: LtsUpstream, token: string | null) {
    this.#upstream = upstream;
    this.#token = token;
  }

  /**
   * CreateLogStream. Sends one POST at most.
   *
   * @returns ID of the new log stream
   */
  async createLogStream(projectId: string, groupId: string, stream: NewLogStream): Promise<string> {
    return this.#call(
      { method: 'POST', path: streamsPath(projectId, groupId), body: writeNewLogStream(stream) },
      (body) => readCreatedId(body, 'log_stream_id'),
    );
  }

  /** ListLogGroups: all of the project's, LTS does not page them. */
  async logGroups(projectId: string): Promise<LogGroupRecord[]> {
    return this.#call({ method: 'GET', path: groupsPath(projectId) }, readLogGroups);
  }

  /** ListLogStream: all of the group's, LTS does not page them. */
  async logStreams(projectId: string, groupId: string): Promise<LogStreamRecord[]> {
    return this.#call({ method: 'GET', path: streamsPath(projectId, groupId) }, readLogStreams);
  }

  async #call<T>(call: Omit<LtsCall, 'token'>, read: (body: unknown) => T): Promise<T> {
    const token = this.#token;
    if (token === null) throw ownFailure('GATEWAY.UNAUTHENTICATED');
    const reply = await this.#upstream.call({ ...call, token });
    const body = parseJson(reply.body);
    if (!isSuccess(reply.status) || carriesErrorCode(body)) throw failureOfReply(reply, token);
    try {
      return read(body);
    } catch (error) {
      throw error instanceof UnreadableBody ? failureOfReply(reply, token) : error;
    }
  }
}

const groupsPath = (projectId: string) => `/v2/${projectId}/groups`;
const streamsPath = (projectId: string, groupId: string) => `${groupsPath(projectId)}/${groupId}/streams`;
