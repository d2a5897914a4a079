import type { GraphQLResolveInfo } from 'graphql';
import { Ctx, Field, Info, ObjectType } from 'type-graphql';
import type { GatewayContext } from '../context.ts';
import { LogGroup } from '../log-group/log-group.ts';
import { selectsField } from '../selects-field.ts';

/** The result of every mutation on a log stream that went well. */
@ObjectType()
export abstract class LogStreamResult {
  /** Not fields of the schema: `logGroup` needs them. */
  readonly projectId: string;
  readonly groupId: string;

  constructor({ projectId, groupId }: { projectId: string; groupId: string }) {
    this.projectId = projectId;
    this.groupId = groupId;
  }

  /**
   * With an entry in `errors`, clients would by default throw away that the write took effect. For the same reason it is
   * `null` as a whole where its log streams are selected and cannot be read; a client's cache then stays as it is.
   */
  @Field(() => LogGroup, {
    nullable: true,
    description:
      'Its log group, read after the write and only when selected. `null`, without an entry in `errors`, where LTS does ' +
      'not list it, or where it, or its `logStreams` if selected, cannot be read: the write took effect all the same.',
  })
  async logGroup(@Ctx() { lts }: GatewayContext, @Info() info: GraphQLResolveInfo): Promise<LogGroup | null> {
    const withStreams = selectsField(info, 'logStreams');
    const group = await lts.logGroupAfterWrite(this.projectId, this.groupId, withStreams);
    return group && new LogGroup(group, this.projectId);
  }
}
