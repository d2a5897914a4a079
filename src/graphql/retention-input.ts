import { IsOptional } from 'class-validator';
import { Field, InputType, Int } from 'type-graphql';
import { AreTags, IsRetention } from './rules.ts';
import { TagInput } from './tag.ts';

/** What can be changed of a log group and of a log stream alike. LTS renames neither. */
@InputType()
abstract class RetentionInput {
  @Field(() => Int, {
    nullable: true,
    description: 'Retention in days, 1-365; as it is when omitted. LTS: `ttl_in_days`.',
  })
  @IsOptional()
  @IsRetention()
  ttlInDays?: number | null;

  @Field(() => [TagInput], {
    nullable: true,
    description: 'All tags from now on, at most 20, keys unique; as they are when omitted. LTS: `tags`.',
  })
  @IsOptional()
  @AreTags()
  tags?: TagInput[] | null;
}

@InputType({ description: 'What to change of a log group; at least one field. It cannot be renamed.' })
export class UpdateLogGroupInput extends RetentionInput {}

@InputType({ description: 'What to change of a log stream; at least one field. It cannot be renamed.' })
export class UpdateLogStreamInput extends RetentionInput {}
