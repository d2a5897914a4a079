import { Args, Ctx, Field, ID, Mutation, ObjectType, Resolver, UseMiddleware } from 'type-graphql';
import { audited } from './audited.ts';
import type { GatewayContext } from './context.ts';
import { failuresAsData } from './failures.ts';
import { LogStreamArgs } from './path-arguments.ts';
import { resultOf } from './result-of.ts';

@ObjectType({ description: 'The log stream is gone.' })
export class LogStreamDeleted {
  @Field(() => ID, { description: 'ID of the log stream that was deleted.' })
  logStreamId: string;

  constructor(logStreamId: string) {
    this.logStreamId = logStreamId;
  }
}

const DeleteLogStreamResult = resultOf('deleteLogStream', LogStreamDeleted);

@Resolver()
export class DeleteLogStreamResolver {
  @Mutation(() => DeleteLogStreamResult, {
    nullable: true,
    description:
      'Deletes a log stream with all its logs, for good. Idempotent: after a failure it can be sent again, and ' +
      'NOT_FOUND then means that it is gone. Where the answer of LTS is lost and the log stream is not there any ' +
      'more, it counts as deleted.',
  })
  @UseMiddleware(audited, failuresAsData)
  async deleteLogStream(
    @Args(() => LogStreamArgs) { projectId, groupId, streamId }: LogStreamArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<LogStreamDeleted> {
    await lts.deleteLogStream(projectId, groupId, streamId);
    return new LogStreamDeleted(streamId);
  }
}
