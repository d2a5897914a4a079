import { Args, Ctx, Query, Resolver } from 'type-graphql';
import type { GatewayContext } from './context.ts';
import { LogGroup } from './log-group.ts';
import { LogStream } from './log-stream.ts';
import { LogGroupArgs, ProjectArgs } from './path-arguments.ts';

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
    return lts.logGroups(projectId);
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
}
