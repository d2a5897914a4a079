import { ValidateNested } from 'class-validator';
import { Args, ArgsType, Ctx, Field, Mutation, ObjectType, Resolver, UseMiddleware } from 'type-graphql';
import { audited } from './audited.ts';
import type { GatewayContext } from './context.ts';
import { failuresAsData } from './failures.ts';
import { LogStream } from './log-stream.ts';
import { LogStreamArgs } from './path-arguments.ts';
import { resultOf } from './result-of.ts';
import { UpdateLogStreamInput } from './retention-input.ts';
import { ChangesSomething } from './rules.ts';

@ArgsType()
class UpdateLogStreamArgs extends LogStreamArgs {
  @Field(() => UpdateLogStreamInput)
  @ChangesSomething()
  @ValidateNested()
  input!: UpdateLogStreamInput;
}

@ObjectType({ description: 'The log stream is as requested now.' })
export class LogStreamUpdated {
  @Field(() => LogStream, { description: 'The log stream after the change.' })
  logStream: LogStream;

  constructor(logStream: LogStream) {
    this.logStream = logStream;
  }
}

const UpdateLogStreamResult = resultOf('updateLogStream', LogStreamUpdated);

@Resolver()
export class UpdateLogStreamResolver {
  @Mutation(() => UpdateLogStreamResult, {
    nullable: true,
    description:
      'Changes the retention of a log stream, its tags, or both. Idempotent: after a failure, lost answers ' +
      'included, it can be sent again. Where LTS does not report the retention, tags alone cannot be changed: ' +
      '`inputErrors` then ask for `ttlInDays`.',
  })
  @UseMiddleware(audited, failuresAsData)
  async updateLogStream(
    @Args(() => UpdateLogStreamArgs) { projectId, groupId, streamId, input }: UpdateLogStreamArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<LogStreamUpdated> {
    return new LogStreamUpdated(await lts.updateLogStream(projectId, groupId, streamId, input));
  }
}
