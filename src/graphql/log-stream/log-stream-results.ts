import { Field, ID, ObjectType } from 'type-graphql';
import type { Created } from '../../lts/lts-data-source.ts';
import { asTags, type LtsLogStream } from '../../lts/wire.ts';
import { LogStream } from './log-stream.ts';
import type { CreateLogStreamInput } from './log-stream-inputs.ts';

@ObjectType({ description: 'The log stream exists now.' })
export class LogStreamCreated {
  @Field(() => ID, { description: 'ID of the new log stream, as LTS returned it (`log_stream_id`).' })
  logStreamId: string;

  @Field(() => LogStream, {
    description:
      'The new log stream as requested. Fields that LTS decides by itself (`createdAt`) may still be `null`.',
  })
  logStream: LogStream;

  constructor({ id, listed }: Created<LtsLogStream>, input: CreateLogStreamInput) {
    const { name, alias = null, ttlInDays = null, tags } = input;
    this.logStreamId = id;
    this.logStream = listed
      ? { ...listed, ttlInDays: listed.inheritsRetention ? null : (listed.ttlInDays ?? ttlInDays) }
      : { id, name, alias, ttlInDays, createdAt: null, tags: asTags(tags ?? []) };
  }
}

@ObjectType({ description: 'The log stream is as requested now.' })
export class LogStreamUpdated {
  @Field(() => LogStream, { description: 'The log stream after the change.' })
  logStream: LogStream;

  constructor(logStream: LogStream) {
    this.logStream = logStream;
  }
}

@ObjectType({ description: 'The log stream is gone.' })
export class LogStreamDeleted {
  @Field(() => ID, { description: 'ID of the log stream that was deleted.' })
  logStreamId: string;

  constructor(logStreamId: string) {
    this.logStreamId = logStreamId;
  }
}
