import type { GraphQLResolveInfo } from 'graphql';
import { Ctx, Field, GraphQLISODateTime, ID, Info, Int, ObjectType } from 'type-graphql';
import type { GatewayContext } from '../context.ts';
import { LogGroup } from '../log-group/log-group.ts';
import type { LogGroupArgs } from '../log-group/log-group-inputs.ts';
import { selectsField } from '../selects-field.ts';
import { Tag } from '../tag.ts';
import type { LogStreamArgs } from './log-stream-inputs.ts';

@ObjectType({ description: 'Where one source of logs is kept, in a log group.', simpleResolvers: true })
export class LogStream {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true, description: 'Display name.' })
  alias!: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Retention in days; `null` means that the log stream follows its log group (LTS says -1 then), or that LTS ' +
      'does not report it.',
  })
  ttlInDays!: number | null;

  @Field(() => GraphQLISODateTime, {
    nullable: true,
    description: '`null` only right after creation: LTS does not report it there.',
  })
  createdAt!: Date | null;

  @Field(() => [Tag], { description: "User tags; LTS's own `_sys_` tags are left out." })
  tags!: Tag[];

  @Field(() => ID, {
    nullable: true,
    description:
      'Enterprise project that it belongs to, `0` being the default one; `null` where LTS does not say, as right after ' +
      'creation. LTS: `_sys_enterprise_project_id` in `tag`.',
  })
  enterpriseProjectId!: string | null;

  /** Not fields of the schema: what is read of it needs them. `groupId` is `null` where LTS does not say. */
  projectId!: string;
  groupId!: string | null;
}

/** The result of every mutation on a log stream that went well. */
@ObjectType()
abstract class LogStreamResult {
  /** Not fields of the schema: `logGroup` needs them. */
  readonly projectId: string;
  readonly groupId: string;

  constructor({ projectId, groupId }: { projectId: string; groupId: string }) {
    this.projectId = projectId;
    this.groupId = groupId;
  }

  /**
   * With an entry in `errors`, clients would by default throw away that the write took effect. For the same reason it is
   * `null` as a whole where its log streams are selected and cannot be read; a client's cache then stays as it is.
   */
  @Field(() => LogGroup, {
    nullable: true,
    description:
      'Its log group, read after the write and only when selected. `null`, without an entry in `errors`, where LTS does ' +
      'not list it, or where it, or its `logStreams` if selected, cannot be read: the write took effect all the same.',
  })
  async logGroup(@Ctx() { lts }: GatewayContext, @Info() info: GraphQLResolveInfo): Promise<LogGroup | null> {
    const withStreams = selectsField(info, 'logStreams');
    return lts.logGroupAfterWrite(this.projectId, this.groupId, withStreams);
  }
}

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

  constructor(logStream: LogStream, args: LogGroupArgs) {
    super(args);
    this.logStreamId = logStream.id;
    this.logStream = logStream;
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
