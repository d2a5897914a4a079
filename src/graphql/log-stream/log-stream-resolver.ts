import { Args, Ctx, Query, Resolver } from 'type-graphql';
import type { GatewayContext } from '../context.ts';
import { LogGroupArgs } from '../log-group/log-group-inputs.ts';
import { LtsMutation } from '../lts-mutation.ts';
import { LogStream } from './log-stream.ts';
import {
  CreateLogStreamArgs,
  LogStreamArgs,
  LogStreamByIdArgs,
  UpdateLogStreamArgs,
} from './log-stream-inputs.ts';
import { LogStreamCreated, LogStreamDeleted, LogStreamUpdated } from './log-stream-results.ts';

@Resolver()
export class LogStreamResolver {
  @Query(() => [LogStream], {
    nullable: true,
    description: 'Every log stream of one log group. Not paged by LTS either (quota: 100 a group).',
  })
  async logStreams(
    @Args(() => LogGroupArgs) { projectId, groupId }: LogGroupArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<LogStream[]> {
    return lts.logStreams(projectId, groupId);
  }

  @Query(() => LogStream, {
    nullable: true,
    description: 'One log stream; `null` without an error when the log group has no such log stream.',
  })
  async logStream(
    @Args(() => LogStreamByIdArgs) { projectId, groupId, id }: LogStreamByIdArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<LogStream | null> {
    return lts.logStream(projectId, groupId, id);
  }

  @LtsMutation(LogStreamCreated, {
    description:
      'Creates a log stream in a log group.\n\n' +
      'Whatever LTS, or the network on the way to it, says about this request is data: branch on `__typename`, ' +
      'then on `kind` or `code`. `null` means only that the gateway itself failed; `errors` then says so.\n\n' +
      'Where the answer of LTS is lost, or does not say what became of the create, the gateway looks it up. ' +
      '`LogStreamCreated` then is as true as ever. An `LtsError` says in `outcome` that nothing was created, or ' +
      'that this is unknown.',
  })
  async createLogStream(
    @Args(() => CreateLogStreamArgs) { projectId, groupId, input }: CreateLogStreamArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<LogStreamCreated> {
    return new LogStreamCreated(await lts.createLogStream(projectId, groupId, input), input);
  }

  @LtsMutation(LogStreamUpdated, {
    description:
      'Changes the retention of a log stream, its tags, or both. Idempotent: after a failure, lost answers ' +
      'included, it can be sent again. Where LTS does not report the retention, tags alone cannot be changed: ' +
      '`inputErrors` then ask for `ttlInDays`.',
  })
  async updateLogStream(
    @Args(() => UpdateLogStreamArgs) { projectId, groupId, streamId, input }: UpdateLogStreamArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<LogStreamUpdated> {
    return new LogStreamUpdated(await lts.updateLogStream(projectId, groupId, streamId, input));
  }

  @LtsMutation(LogStreamDeleted, {
    description:
      'Deletes a log stream with all its logs, for good. Idempotent: after a failure it can be sent again, and ' +
      'NOT_FOUND then means that it is gone. Where the answer of LTS is lost and the log stream is not there any ' +
      'more, it counts as deleted.',
  })
  async deleteLogStream(
    @Args(() => LogStreamArgs) { projectId, groupId, streamId }: LogStreamArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<LogStreamDeleted> {
    await lts.deleteLogStream(projectId, groupId, streamId);
    return new LogStreamDeleted(streamId);
  }
}
