import { Args, ArgsType, Ctx, Field, ID, Query, Resolver } from 'type-graphql';
import type { GatewayContext } from './context.ts';
import { LogGroup } from './log-group.ts';
import { LogStream } from './log-stream.ts';
import { LogGroupArgs, ProjectArgs } from './path-arguments.ts';
import { IsPlainId } from './rules.ts';

@ArgsType()
class OneLogGroupArgs extends ProjectArgs {
  @Field(() => ID, { description: 'Log group ID, usually 36 characters.' })
  @IsPlainId()
  id!: string;
}

@ArgsType()
class OneLogStreamArgs extends LogGroupArgs {
  @Field(() => ID, { description: 'Log stream ID, usually 36 characters.' })
  @IsPlainId()
  id!: string;
}

@Resolver()
export class BrowseResolver {
  @Query(() => [LogGroup], {
    nullable: true,
    description:
      'Every log group of the project. LTS does not page this list (quota: 100), so neither does the gateway.',
  })
  async logGroups(
    @Args(() => ProjectArgs) { projectId }: ProjectArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<LogGroup[]> {
    return (await lts.logGroups(projectId)).map((group) => new LogGroup(group, projectId));
  }

  @Query(() => LogGroup, {
    nullable: true,
    description: 'One log group; `null` without an error when the project has no such log group.',
  })
  async logGroup(
    @Args(() => OneLogGroupArgs) { projectId, id }: OneLogGroupArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<LogGroup | null> {
    const group = await lts.logGroup(projectId, id);
    return group && new LogGroup(group, projectId);
  }

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
    @Args(() => OneLogStreamArgs) { projectId, groupId, id }: OneLogStreamArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<LogStream | null> {
    return lts.logStream(projectId, groupId, id);
  }
}
