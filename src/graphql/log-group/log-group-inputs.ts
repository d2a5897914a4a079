import { IsOptional, ValidateNested } from 'class-validator';
import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import { AliasField, IdField, NewNameField, TagsField, UpdateInput } from '../inputs.ts';
import type { TagInput } from '../tag.ts';
import { ChangesSomething, IsPlainId, IsRetention } from '../validation.ts';

@ArgsType()
export class ProjectArgs {
  @IdField('Huawei Cloud project ID, usually 32 characters.')
  projectId!: string;
}

/** Of a query for one log group. */
@ArgsType()
export class LogGroupByIdArgs extends ProjectArgs {
  @IdField('Log group ID, usually 36 characters.')
  id!: string;
}

/** The IDs that every mutation on an existing log group, or in it, takes: extend it. */
@ArgsType()
export class LogGroupArgs extends ProjectArgs {
  @IdField('Log group ID, usually 36 characters.')
  groupId!: string;
}

@InputType({ description: 'The log group to create.' })
export class CreateLogGroupInput {
  @NewNameField('project', 'log_group_name')
  name!: string;

  @Field(() => Int, { description: 'Retention in days, 1-365. LTS: `ttl_in_days`.' })
  @IsRetention()
  ttlInDays!: number;

  @TagsField()
  tags?: TagInput[] | null;

  @AliasField('log_group_name_alias')
  alias?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'Enterprise project that it will belong to; the default one when omitted. LTS: `enterprise_project_id`.',
  })
  @IsOptional()
  @IsPlainId()
  enterpriseProjectId?: string | null;
}

@ArgsType()
export class CreateLogGroupArgs extends ProjectArgs {
  @Field(() => CreateLogGroupInput)
  @ValidateNested()
  input!: CreateLogGroupInput;
}

@InputType({ description: 'What to change of a log group; at least one field. It cannot be renamed.' })
export class UpdateLogGroupInput extends UpdateInput {}

@ArgsType()
export class UpdateLogGroupArgs extends LogGroupArgs {
  @Field(() => UpdateLogGroupInput)
  @ChangesSomething()
  @ValidateNested()
  input!: UpdateLogGroupInput;
}
