import { Field, ID, ObjectType } from 'type-graphql';
import type { Created } from '../../lts/lts-data-source.ts';
import { asTags, type LtsLogStream } from '../../lts/wire.ts';
import { LogStream } from './log-stream.ts';
import type { CreateLogStreamArgs, LogStreamArgs } from './log-stream-inputs.ts';
import { LogStreamResult } from './log-stream-result.ts';

@ObjectType({ description: 'The log stream exists now.' })
export class LogStreamCreated extends LogStreamResult {
  @Field(() => ID, { description: 'ID of the new log stream, as LTS returned it (`log_stream_id`).' })
  logStreamId: string;

  @Field(() => LogStream, {
    description:
      'The new log stream as requested. Fields that LTS decides by itself (`createdAt`, `enterpriseProjectId`) may still ' +
      'be `null`.',
  })
  logStream: LogStream;

  constructor({ id, listed }: Created<LtsLogStream>, args: CreateLogStreamArgs) {
    super(args);
    const { name, alias = null, ttlInDays = null, tags } = args.input;
    const unknown = { createdAt: null, enterpriseProjectId: null };
    this.logStreamId = id;
    this.logStream = listed
      ? { ...listed, ttlInDays: listed.inheritsRetention ? null : (listed.ttlInDays ?? ttlInDays) }
      : { id, name, alias, ttlInDays, tags: asTags(tags ?? []), ...unknown };
  }
}

@ObjectType({ description: 'The log stream is as requested now.' })
export class LogStreamUpdated extends LogStreamResult {
  @Field(() => LogStream, {
    description: 'The log stream after the change; after a change of tags with those that LTS lists then.',
  })
  logStream: LogStream;

  constructor(logStream: LogStream, args: LogStreamArgs) {
    super(args);
    this.logStream = logStream;
  }
}

@ObjectType({ description: 'The log stream is gone.' })
export class LogStreamDeleted extends LogStreamResult {
  @Field(() => ID, { description: 'ID of the log stream that was deleted.' })
  logStreamId: string;

  constructor(args: LogStreamArgs) {
    super(args);
    this.logStreamId = args.streamId;
  }
}
