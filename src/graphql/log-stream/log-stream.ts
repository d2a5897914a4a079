import { Field, GraphQLISODateTime, ID, Int, ObjectType } from 'type-graphql';
import { Tag } from '../tag.ts';

@ObjectType({ description: 'Where one source of logs is kept, in a log group.', simpleResolvers: true })
export class LogStream {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true, description: 'Display name.' })
  alias!: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Retention in days; `null` means that the log stream follows its log group (LTS says -1 then), or that LTS ' +
      'does not report it.',
  })
  ttlInDays!: number | null;

  @Field(() => GraphQLISODateTime, {
    nullable: true,
    description: '`null` only right after creation: LTS does not report it there.',
  })
  createdAt!: Date | null;

  @Field(() => [Tag], { description: "User tags; LTS's own `_sys_` tags are left out." })
  tags!: Tag[];

  @Field(() => ID, {
    nullable: true,
    description:
      'Enterprise project that it belongs to, `0` being the default one; `null` where LTS does not say, as right after ' +
      'creation. LTS: `_sys_enterprise_project_id` in `tag`.',
  })
  enterpriseProjectId!: string | null;

  /** Not fields of the schema: what is read of it needs them. `groupId` is `null` where LTS does not say. */
  projectId!: string;
  groupId!: string | null;
}
