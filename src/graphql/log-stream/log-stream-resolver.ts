import { Args, Ctx, Query, Resolver } from 'type-graphql';
import type { GatewayContext } from '../context.ts';
import { LogGroupArgs } from '../log-group/log-group-inputs.ts';
import { LtsMutation } from '../root-fields.ts';
import { LogStream, LogStreamCreated, LogStreamDeleted, LogStreamUpdated } from './log-stream.ts';
import {
  CreateLogStreamArgs,
  LogStreamArgs,
  LogStreamByIdArgs,
  LogStreamByNameArgs,
  UpdateLogStreamArgs,
} from './log-stream-inputs.ts';

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

  @Query(() => LogStream, {
    nullable: true,
    description:
      'The log stream of a name in the log group of a name, to follow a link or to see whether a name is free: `null` ' +
      'without an error when there is no such log stream or log group.',
  })
  async logStreamByName(
    @Args(() => LogStreamByNameArgs) { projectId, groupName, name }: LogStreamByNameArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<LogStream | null> {
    return lts.logStreamByName(projectId, groupName, name);
  }

  @LtsMutation(LogStreamCreated, {
    description:
      'Creates a log stream in a log group.\n\n' +
      'Whatever LTS, or the network on the way to it, says about this request is data: branch on `__typename`, ' +
      'then on `kind` or `code`. `null` means only that the gateway itself failed; `errors` then says so.\n\n' +
      'Where the answer of LTS is lost, or does not say what became of the create, the gateway looks it up. ' +
      '`LogStreamCreated` then means the same. An `LtsError` says in `outcome` that nothing was created, or ' +
      'that this is unknown.',
  })
  async createLogStream(
    @Args(() => CreateLogStreamArgs) args: CreateLogStreamArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<LogStreamCreated> {
    const { projectId, groupId, input } = args;
    return new LogStreamCreated(await lts.createLogStream(projectId, groupId, input), args);
  }

  @LtsMutation(LogStreamUpdated, {
    description:
      'Changes the retention of a log stream, its tags, or both. Idempotent: after a failure, lost answers ' +
      'included, it can be sent again. Where LTS does not report the retention, tags alone cannot be changed: ' +
      '`inputErrors` then ask for `ttlInDays`; `followLogGroup` will do as well.',
  })
  async updateLogStream(
    @Args(() => UpdateLogStreamArgs) args: UpdateLogStreamArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<LogStreamUpdated> {
    const { projectId, groupId, streamId, input } = args;
    return new LogStreamUpdated(await lts.updateLogStream(projectId, groupId, streamId, input), args);
  }

  @LtsMutation(LogStreamDeleted, {
    description:
      'Deletes a log stream with all its logs, for good. Idempotent: after a failure it can be sent again, and ' +
      'NOT_FOUND then means that it is gone. Where the answer of LTS is lost and the log stream is not there any ' +
      'more, it counts as deleted.',
  })
  async deleteLogStream(
    @Args(() => LogStreamArgs) args: LogStreamArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<LogStreamDeleted> {
    await lts.deleteLogStream(args.projectId, args.groupId, args.streamId);
    return new LogStreamDeleted(args);
  }
}
