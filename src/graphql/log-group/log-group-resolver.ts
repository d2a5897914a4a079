import { Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { GatewayContext } from '../context.ts';
import { LogStream } from '../log-stream/log-stream.ts';
import { LtsMutation } from '../root-fields.ts';
import { LogGroup, LogGroupCreated, LogGroupDeleted, LogGroupUpdated } from './log-group.ts';
import {
  CreateLogGroupArgs,
  LogGroupArgs,
  LogGroupByIdArgs,
  ProjectArgs,
  UpdateLogGroupArgs,
} from './log-group-inputs.ts';

@Resolver(() => LogGroup)
export class LogGroupResolver {
  @Query(() => [LogGroup], {
    nullable: true,
    description:
      'Every log group of the project. LTS does not page this list (quota: 100), so neither does the gateway.',
  })
  async logGroups(
    @Args(() => ProjectArgs) { projectId }: ProjectArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<LogGroup[]> {
    return lts.logGroups(projectId);
  }

  @Query(() => LogGroup, {
    nullable: true,
    description: 'One log group; `null` without an error when the project has no such log group.',
  })
  async logGroup(
    @Args(() => LogGroupByIdArgs) { projectId, id }: LogGroupByIdArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<LogGroup | null> {
    return lts.logGroup(projectId, id);
  }

  @FieldResolver(() => [LogStream], {
    nullable: true,
    description:
      'Fetched only when selected. `null` always comes with an entry in `errors`; the rest stays usable.',
  })
  async logStreams(@Root() group: LogGroup, @Ctx() { lts }: GatewayContext): Promise<LogStream[]> {
    return lts.batchedLogStreams(group.projectId, group.id);
  }

  @LtsMutation(LogGroupCreated, {
    description:
      'Creates a log group. As with `createLogStream`, a lost answer of LTS is looked up, and an `LtsError` says in ' +
      '`outcome` that nothing was created, or that this is unknown.',
  })
  async createLogGroup(
    @Args(() => CreateLogGroupArgs) args: CreateLogGroupArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<LogGroupCreated> {
    return new LogGroupCreated(await lts.createLogGroup(args.projectId, args.input));
  }

  @LtsMutation(LogGroupUpdated, {
    description:
      'Changes the retention of a log group, its tags, or both. Idempotent: after a failure, lost answers ' +
      'included, it can be sent again.',
  })
  async updateLogGroup(
    @Args(() => UpdateLogGroupArgs) { projectId, groupId, input }: UpdateLogGroupArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<LogGroupUpdated> {
    return new LogGroupUpdated(await lts.updateLogGroup(projectId, groupId, input));
  }

  @LtsMutation(LogGroupDeleted, {
    description:
      'Deletes a log group with all its log streams and logs, for good. Idempotent: after a failure it can be sent again, and ' +
      'NOT_FOUND then means that it is gone. Where the answer of LTS is lost and the log group is not there any ' +
      'more, it counts as deleted.',
  })
  async deleteLogGroup(
    @Args(() => LogGroupArgs) args: LogGroupArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<LogGroupDeleted> {
    await lts.deleteLogGroup(args.projectId, args.groupId);
    return new LogGroupDeleted(args);
  }
}
