import { IsOptional, ValidateNested } from 'class-validator';
import { ArgsType, Field, InputType, Int } from 'type-graphql';
import { AliasField, IdField, NewNameField, TagsField, UpdateInput } from '../inputs.ts';
import { LogGroupArgs, ProjectArgs } from '../log-group/log-group-inputs.ts';
import type { TagInput } from '../tag.ts';
import {
  ChangesSomething,
  ExcludesRetention,
  HasLength,
  IsEnterpriseProjectName,
  IsRetention,
} from '../validation.ts';

/** Of a query for one log stream. */
@ArgsType()
export class LogStreamByIdArgs extends LogGroupArgs {
  @IdField('Log stream ID, usually 36 characters.')
  id!: string;
}

/** Names of what exists already: older ones break the rules for new names. */
@ArgsType()
export class LogStreamByNameArgs extends ProjectArgs {
  @Field(() => String, { description: 'Name of the log group, 1-64 characters.' })
  @HasLength(1, 64)
  groupName!: string;

  @Field(() => String, { description: 'Name of the log stream, 1-64 characters.' })
  @HasLength(1, 64)
  name!: string;
}

/** The IDs that every mutation on an existing log stream takes: extend it. */
@ArgsType()
export class LogStreamArgs extends LogGroupArgs {
  @IdField('Log stream ID, usually 36 characters.')
  streamId!: string;
}

@InputType({ description: 'The log stream to create.' })
export class CreateLogStreamInput {
  @NewNameField('log group', 'log_stream_name')
  name!: string;

  @Field(() => Int, {
    nullable: true,
    description: "Retention in days, 1-365; the log group's when omitted. LTS: `ttl_in_days`.",
  })
  @IsOptional()
  @IsRetention()
  ttlInDays?: number | null;

  @TagsField()
  tags?: TagInput[] | null;

  @AliasField('log_stream_name_alias')
  alias?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Enterprise project, by name: 1-255 letters (Chinese characters included), digits, `-` and `_`; does not contain ' +
      '`default` in any case. LTS: `enterprise_project_name`.',
  })
  @IsOptional()
  @IsEnterpriseProjectName()
  enterpriseProjectName?: string | null;
}

@ArgsType()
export class CreateLogStreamArgs extends LogGroupArgs {
  @Field(() => CreateLogStreamInput)
  @ValidateNested()
  input!: CreateLogStreamInput;
}

@InputType({ description: 'What to change of a log stream; at least one field. It cannot be renamed.' })
export class UpdateLogStreamInput extends UpdateInput {
  @Field(() => Boolean, {
    nullable: true,
    description:
      '`true`: from now on the retention of its log group; not together with `ttlInDays`. `false` counts as omitted. ' +
      'LTS: `ttl_in_days` of -1, which not every edition accepts.',
  })
  @ExcludesRetention()
  followLogGroup?: boolean | null;
}

@ArgsType()
export class UpdateLogStreamArgs extends LogStreamArgs {
  @Field(() => UpdateLogStreamInput)
  @ChangesSomething()
  @ValidateNested()
  input!: UpdateLogStreamInput;
}
