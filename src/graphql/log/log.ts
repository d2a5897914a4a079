import { Field, Float, GraphQLISODateTime, ID, Int, ObjectType } from 'type-graphql';
import type { LogPosition, LogStreamIds } from '../../lts/logs.ts';

@ObjectType({ description: 'A label that LTS or its collector gave to a log.', simpleResolvers: true })
export class LogLabel {
  @Field(() => String)
  key!: string;

  @Field(() => String)
  value!: string;
}

@ObjectType({
  description:
    'A part of a text, in UTF-16 units, as strings in JavaScript, Kotlin (JVM) and `NSString` count.',
  simpleResolvers: true,
})
export class TextRange {
  @Field(() => Int, { description: 'Included.' })
  start!: number;

  @Field(() => Int, { description: 'Not included.' })
  end!: number;
}

@ObjectType({ description: 'One log of a log stream.', simpleResolvers: true })
export class Log {
  @Field(() => ID, { description: 'Unique in all log streams. For `logContext`.' })
  id!: string;

  @Field(() => GraphQLISODateTime, {
    nullable: true,
    description:
      'When LTS received it, or the time in its text where the log stream takes it from there; `null` where LTS does not ' +
      'say. LTS: `line_num` or `__time__`.',
  })
  at!: Date | null;

  @Field(() => String, {
    description: 'As it was logged, with any characters. It is text: do not show it as HTML.',
  })
  content!: string;

  @Field(() => [LogLabel], { description: 'Where it came from: the host, the file, the container.' })
  labels!: readonly LogLabel[];

  @Field(() => [TextRange], {
    description:
      'Where the keywords of the search are in `content`. LTS marks them only if this is selected.',
  })
  highlights!: readonly TextRange[];

  /** Not fields of the schema: `context` needs them. */
  ids!: LogStreamIds;
  position!: LogPosition;
}

@ObjectType({ description: 'A log in a page.', simpleResolvers: true })
export class LogEdge {
  @Field(() => String, { description: 'For `after`, with the same search.' })
  cursor!: string;

  @Field(() => Log, { description: 'The log.' })
  node!: Log;
}

@ObjectType({ description: "As in Relay's specification of connections.", simpleResolvers: true })
export class PageInfo {
  @Field(() => Boolean, {
    description:
      'Whether there may be more: after a full page, and where LTS has not looked at everything yet.',
  })
  hasNextPage!: boolean;

  @Field(() => Boolean, {
    description: 'Whether this is a page after another. Only forward pagination is offered.',
  })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first log of the page.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'For `after`, to get the next page.' })
  endCursor!: string | null;
}

@ObjectType({
  description: "A page of logs, as in Relay's specification of connections.",
  simpleResolvers: true,
})
export class LogConnection {
  @Field(() => [LogEdge], { description: 'The logs, in the order asked for.' })
  edges!: readonly LogEdge[];

  @Field(() => PageInfo, { description: 'Whether there is more, and where.' })
  pageInfo!: PageInfo;

  @Field(() => GraphQLISODateTime, {
    description: 'Where the time that is searched begins: that of the first page.',
  })
  from!: Date;

  @Field(() => GraphQLISODateTime, {
    description: 'Where it ends. With both, a histogram has the same time.',
  })
  to!: Date;

  @Field(() => Boolean, {
    description:
      '`false`: LTS has answered before it had looked at everything. The next page goes on where it stopped, so that ' +
      'nothing is missing once that has been read.',
  })
  isComplete!: boolean;
}

@ObjectType({ description: 'How many logs there are in a time.', simpleResolvers: true })
export class LogHistogramBucket {
  @Field(() => GraphQLISODateTime, { description: 'As LTS says it.' })
  from!: Date;

  @Field(() => GraphQLISODateTime, { description: 'As LTS says it.' })
  to!: Date;

  @Field(() => Float, { description: 'A whole number; there can be more than an `Int` holds.' })
  count!: number;
}

@ObjectType({ description: 'How many logs there are, by time.', simpleResolvers: true })
export class LogHistogram {
  @Field(() => Float, { description: 'Of all buckets; a whole number.' })
  count!: number;

  @Field(() => [LogHistogramBucket], { description: 'The oldest first.' })
  buckets!: readonly LogHistogramBucket[];

  @Field(() => Boolean, { description: '`false`: LTS has answered before it had looked at everything.' })
  isComplete!: boolean;
}
