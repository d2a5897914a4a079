import { IsOptional, ValidateNested } from 'class-validator';
import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import { TagInput } from '../tag.ts';
import { UpdateInput } from '../update-input.ts';
import {
  AreTags,
  ChangesSomething,
  HasLength,
  IsLtsName,
  IsPlainId,
  IsRetention,
} from '../validation/rules.ts';

@ArgsType()
export class ProjectArgs {
  @Field(() => ID, { description: 'Huawei Cloud project ID, usually 32 characters.' })
  @IsPlainId()
  projectId!: string;
}

/** Of a query for one log group. */
@ArgsType()
export class LogGroupByIdArgs extends ProjectArgs {
  @Field(() => ID, { description: 'Log group ID, usually 36 characters.' })
  @IsPlainId()
  id!: string;
}

/** The IDs that every mutation on an existing log group, or in it, takes: extend it. */
@ArgsType()
export class LogGroupArgs extends ProjectArgs {
  @Field(() => ID, { description: 'Log group ID, usually 36 characters.' })
  @IsPlainId()
  groupId!: string;
}

@InputType({ description: 'The log group to create.' })
export class CreateLogGroupInput {
  @Field(() => String, {
    description:
      '1-64 letters (Chinese characters included), digits, `-`, `_` and `.`; does not start with `.` or `_`, ' +
      'does not end with `.`; unique in its project. LTS: `log_group_name`.',
  })
  @IsLtsName()
  name!: string;

  @Field(() => Int, { description: 'Retention in days, 1-365. LTS: `ttl_in_days`.' })
  @IsRetention()
  ttlInDays!: number;

  @Field(() => [TagInput], { nullable: true, description: 'At most 20, keys unique. LTS: `tags`.' })
  @IsOptional()
  @AreTags()
  tags?: TagInput[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'Display name, 1-64 characters. LTS: `log_group_name_alias`.',
  })
  @IsOptional()
  @HasLength(1, 64)
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
