import { readFileSync } from 'node:fs';
import path from 'node:path';

/** What a contender that is not the gateway is given, by environment variables. */
export const PORT = Number(process.env.PORT);
export const UPSTREAM = process.env.UPSTREAM ?? '';

/** The gateway's own contract, so that all contenders answer the same operations. */
export const readTypeDefs = () =>
  readFileSync(path.join(import.meta.dirname, '../../schema.graphql'), 'utf8');

/** Arguments of `createLogStream`. */
export interface CreateArguments {
  readonly projectId: string;
  readonly groupId: string;
  readonly input: { readonly name: string; readonly ttlInDays?: number };
}

export const streamsPath = ({ projectId, groupId }: { projectId: string; groupId: string }) =>
  `/v2/${projectId}/groups/${groupId}/streams`;

/** The body of LTS's call. */
export const newLogStream = ({ name, ttlInDays }: CreateArguments['input']) => ({
  log_stream_name: name,
  ttl_in_days: ttlInDays,
});

/** The answer to a mutation that LTS carried out. */
export const logStreamCreated = (reply: { log_stream_id: string }) => ({
  __typename: 'LogStreamCreated',
  logStreamId: reply.log_stream_id,
});

/** LTS's list of log streams. */
export interface LtsList {
  readonly log_streams: readonly {
    readonly log_stream_id: string;
    readonly log_stream_name: string;
    readonly ttl_in_days: number;
    readonly creation_time: number;
    readonly tag: Record<string, string>;
  }[];
}

/** The list as the gateway shows it: camelCase, dates in ISO format, without LTS's own tags. */
export const asLogStreams = ({ log_streams }: LtsList) =>
  log_streams.map((stream) => ({
    id: stream.log_stream_id,
    name: stream.log_stream_name,
    ttlInDays: stream.ttl_in_days,
    createdAt: new Date(stream.creation_time).toISOString(),
    tags: Object.entries(stream.tag)
      .filter(([key]) => !key.startsWith('_sys_'))
      .map(([key, value]) => ({ key, value })),
  }));
