import { Field, ID, ObjectType } from 'type-graphql';
import { LogGroup } from './log-group.ts';
import type { LogGroupArgs } from './log-group-inputs.ts';

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
