import { Field, GraphQLISODateTime, ID, Int, ObjectType } from 'type-graphql';
import { Tag } from '../tag.ts';
import type { LogGroupArgs } from './log-group-inputs.ts';

@ObjectType({ description: 'A set of log streams that share a default retention.', simpleResolvers: true })
export class LogGroup {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true, description: 'Display name.' })
  alias!: string | null;

  @Field(() => Int, { description: 'Retention in days, for log streams without one of their own.' })
  ttlInDays!: number;

  @Field(() => GraphQLISODateTime, {
    description: 'When it was created; right after creation, when LTS said so, to the second.',
  })
  createdAt!: Date;

  @Field(() => [Tag], { description: "User tags; LTS's own `_sys_` tags are left out." })
  tags!: Tag[];

  @Field(() => ID, {
    nullable: true,
    description:
      'Enterprise project that it belongs to, `0` being the default one; `null` where LTS does not say. LTS: ' +
      '`_sys_enterprise_project_id` in `tag`.',
  })
  enterpriseProjectId!: string | null;

  /** Not a field of the schema: the resolver of `logStreams` needs it. */
  projectId!: string;
}

@ObjectType({ description: 'The log group exists now.' })
export class LogGroupCreated {
  @Field(() => ID, { description: 'ID of the new log group, as LTS returned it (`log_group_id`).' })
  logGroupId: string;

  @Field(() => LogGroup, { description: 'The new log group as requested.' })
  logGroup: LogGroup;

  constructor(logGroup: LogGroup) {
    this.logGroupId = logGroup.id;
    this.logGroup = logGroup;
  }
}

@ObjectType({ description: 'The log group is as requested now.' })
export class LogGroupUpdated {
  @Field(() => LogGroup, {
    description: 'The log group after the change; after a change of tags with those that LTS lists then.',
  })
  logGroup: LogGroup;

  constructor(logGroup: LogGroup) {
    this.logGroup = logGroup;
  }
}

@ObjectType({ description: 'The log group is gone.' })
export class LogGroupDeleted {
  @Field(() => ID, { description: 'ID of the log group that was deleted.' })
  logGroupId: string;

  constructor({ groupId }: LogGroupArgs) {
    this.logGroupId = groupId;
  }
}
