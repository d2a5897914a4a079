import {
  type DataSourceConfig,
  type DataSourceFetchResult,
  type DataSourceRequest,
  RESTDataSource,
} from '@apollo/datasource-rest';
import { Histogram } from 'prom-client';
import { type LtsList, streamsPath, UPSTREAM } from '../common.ts';
import { type ErrorKind, LtsFailure } from './failure.ts';
import type { CreateLogStreamArgs, LogGroupArgs, LogStream } from './schema.ts';

/** Deadline of one call, as in the gateway. */
const DEADLINE_MS = 10_000;

const callSeconds = new Histogram({
  name: 'lts_call_duration_seconds',
  help: 'Time of a call to LTS, by method and outcome.',
  labelNames: ['method', 'outcome'],
});

const KIND_OF_STATUS: Record<number, ErrorKind> = {
  400: 'INVALID_INPUT',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'ALREADY_EXISTS',
  429: 'RATE_LIMITED',
};

/** LTS for one request: calls it with the token of the caller, and throws LtsFailure. */
export class LogTankService extends RESTDataSource {
  override readonly baseURL = UPSTREAM;
  readonly #token: string | undefined;
  readonly #tokenHash: string | undefined;

  constructor(config: DataSourceConfig, token: string | undefined, tokenHash: string | undefined) {
    super(config);
    this.#token = token;
    this.#tokenHash = tokenHash;
  }

  /** Returns the ID of the new log stream. */
  async createLogStream({ projectId, groupId, input }: CreateLogStreamArgs): Promise<string> {
    const body = { log_stream_name: input.name, ttl_in_days: input.ttlInDays ?? undefined };
    const created = await this.post<{ log_stream_id: string }>(streamsPath({ projectId, groupId }), { body });
    return created.log_stream_id;
  }

  async logStreams(group: LogGroupArgs): Promise<LogStream[]> {
    const { log_streams } = await this.get<LtsList>(streamsPath(group));
    return log_streams.map((stream) => ({
      id: stream.log_stream_id,
      name: stream.log_stream_name,
      ttlInDays: stream.ttl_in_days,
      createdAt: new Date(stream.creation_time),
      tags: Object.entries(stream.tag)
        .filter(([key]) => !key.startsWith('_sys_'))
        .map(([key, value]) => ({ key, value })),
    }));
  }

  override async fetch<T>(path: string, request: DataSourceRequest = {}): Promise<DataSourceFetchResult<T>> {
    if (this.#token === undefined) throw new LtsFailure('UNAUTHENTICATED', 'X-Auth-Token has no token.');
    const endTimer = callSeconds.startTimer({ method: request.method ?? 'GET' });
    try {
      const result = await super.fetch<T>(path, {
        ...request,
        headers: { 'x-auth-token': this.#token },
        signal: AbortSignal.timeout(DEADLINE_MS),
        redirect: 'error', // the token is for no other host
      });
      endTimer({ outcome: 'OK' });
      return result;
    } catch (error) {
      const failure = error instanceof LtsFailure ? error : withoutReply(error);
      endTimer({ outcome: failure.kind });
      throw failure;
    }
  }

  /** The cache is that of all requests, but what LTS lets one token read is not for another. */
  protected override cacheKeyFor(...[url, request]: Parameters<RESTDataSource['cacheKeyFor']>): string {
    return `${this.#tokenHash} ${super.cacheKeyFor(url, request)}`;
  }

  protected override async errorFromResponse({
    response: { status },
    parsedBody,
  }: Parameters<RESTDataSource['errorFromResponse']>[0]): Promise<LtsFailure> {
    const { error_code, error_msg } = (parsedBody ?? {}) as { error_code?: string; error_msg?: string };
    const kind = KIND_OF_STATUS[status] ?? (status >= 500 ? 'UNAVAILABLE' : 'UNKNOWN');
    return new LtsFailure(kind, error_msg ?? `LTS answered ${status}.`, error_code);
  }
}

/** An error of node-fetch: it names the one of a signal AbortError. */
function withoutReply(error: unknown): LtsFailure {
  return error instanceof Error && error.name === 'AbortError'
    ? new LtsFailure('TIMEOUT', 'LTS did not answer in time.')
    : new LtsFailure('UNAVAILABLE', 'LTS could not be reached.');
}
