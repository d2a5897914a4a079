import { ValidateNested } from 'class-validator';
import { Args, ArgsType, Ctx, Field, Mutation, ObjectType, Resolver, UseMiddleware } from 'type-graphql';
import { audited } from './audited.ts';
import type { GatewayContext } from './context.ts';
import { failuresAsData } from './failures.ts';
import { LogGroup } from './log-group.ts';
import { LogGroupArgs } from './path-arguments.ts';
import { resultOf } from './result-of.ts';
import { UpdateLogGroupInput } from './retention-input.ts';
import { ChangesSomething } from './rules.ts';

@ArgsType()
class UpdateLogGroupArgs extends LogGroupArgs {
  @Field(() => UpdateLogGroupInput)
  @ChangesSomething()
  @ValidateNested()
  input!: UpdateLogGroupInput;
}

@ObjectType({ description: 'The log group is as requested now.' })
export class LogGroupUpdated {
  @Field(() => LogGroup, { description: 'The log group after the change.' })
  logGroup: LogGroup;

  constructor(logGroup: LogGroup) {
    this.logGroup = logGroup;
  }
}

const UpdateLogGroupResult = resultOf('updateLogGroup', LogGroupUpdated);

@Resolver()
export class UpdateLogGroupResolver {
  @Mutation(() => UpdateLogGroupResult, {
    nullable: true,
    description:
      'Changes the retention of a log group, its tags, or both. Idempotent: after a failure, lost answers ' +
      'included, it can be sent again.',
  })
  @UseMiddleware(audited, failuresAsData)
  async updateLogGroup(
    @Args(() => UpdateLogGroupArgs) { projectId, groupId, input }: UpdateLogGroupArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<LogGroupUpdated> {
    return new LogGroupUpdated(new LogGroup(await lts.updateLogGroup(projectId, groupId, input), projectId));
  }
}
