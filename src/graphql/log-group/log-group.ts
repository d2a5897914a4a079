import { Field, GraphQLISODateTime, ID, Int, ObjectType } from 'type-graphql';
import { Tag } from '../tag.ts';

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

  @Field(() => ID, {
    nullable: true,
    description:
      'Enterprise project that it belongs to, `0` being the default one; `null` where LTS does not say. LTS: ' +
      '`_sys_enterprise_project_id` in `tag`.',
  })
  enterpriseProjectId!: string | null;

  /** Not a field of the schema: the resolver of `logStreams` needs it. */
  projectId!: string;
}
