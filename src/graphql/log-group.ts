import {
  Ctx,
  Field,
  FieldResolver,
  GraphQLISODateTime,
  ID,
  Int,
  ObjectType,
  Resolver,
  Root,
} from 'type-graphql';
import type { LogGroupRecord } from '../lts/wire.ts';
import type { GatewayContext } from './context.ts';
import { LogStream } from './log-stream.ts';
import { Tag } from './tag.ts';

@ObjectType({ description: 'A set of log streams that share a default retention.', simpleResolvers: true })
export class LogGroup {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true, description: 'Display name.' })
  alias!: string | null;

  @Field(() => Int, { description: 'Retention in days, for log streams without one of their own.' })
  ttlInDays!: number;

  @Field(() => GraphQLISODateTime, {
    description: 'When it was created; right after creation, when LTS said so, to the second.',
  })
  createdAt!: Date;

  @Field(() => [Tag], { description: "User tags; LTS's own `_sys_` tags are left out." })
  tags!: Tag[];

  /** Not part of the surface: where `logStreams` is to be asked for. */
  readonly projectId: string;

  constructor(record: LogGroupRecord, projectId: string) {
    Object.assign(this, record);
    this.projectId = projectId;
  }
}

@Resolver(() => LogGroup)
export class LogGroupResolver {
  @FieldResolver(() => [LogStream], {
    nullable: true,
    description:
      'Fetched only when selected. `null` always comes with an entry in `errors`; the rest stays usable.',
  })
  async logStreams(@Root() group: LogGroup, @Ctx() { lts }: GatewayContext): Promise<LogStream[]> {
    return lts.logStreamsAmongGroups(group.projectId, group.id);
  }
}
