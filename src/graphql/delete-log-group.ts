import { Args, Ctx, Field, ID, Mutation, ObjectType, Resolver, UseMiddleware } from 'type-graphql';
import { audited } from './audited.ts';
import type { GatewayContext } from './context.ts';
import { failuresAsData } from './failures.ts';
import { LogGroupArgs } from './path-arguments.ts';
import { resultOf } from './result-of.ts';

@ObjectType({ description: 'The log group is gone.' })
export class LogGroupDeleted {
  @Field(() => ID, { description: 'ID of the log group that was deleted.' })
  logGroupId: string;

  constructor(logGroupId: string) {
    this.logGroupId = logGroupId;
  }
}

const DeleteLogGroupResult = resultOf('deleteLogGroup', LogGroupDeleted);

@Resolver()
export class DeleteLogGroupResolver {
  @Mutation(() => DeleteLogGroupResult, {
    nullable: true,
    description:
      'Deletes a log group with all its log streams and logs, for good. Idempotent: after a failure it can be sent again, and ' +
      'NOT_FOUND then means that it is gone. Where the answer of LTS is lost and the log group is not there any ' +
      'more, it counts as deleted.',
  })
  @UseMiddleware(audited, failuresAsData)
  async deleteLogGroup(
    @Args(() => LogGroupArgs) { projectId, groupId }: LogGroupArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<LogGroupDeleted> {
    await lts.deleteLogGroup(projectId, groupId);
    return new LogGroupDeleted(groupId);
  }
}
