import { IsOptional } from 'class-validator';
import { Field, InputType, Int } from 'type-graphql';
import { TagInput } from './tag.ts';
import { AreTags, IsRetention } from './validation/rules.ts';

/** What can be changed of a log group and of a log stream alike. LTS renames neither. */
@InputType()
export abstract class UpdateInput {
  @Field(() => Int, {
    nullable: true,
    description: 'Retention in days, 1-365; as it is when omitted. LTS: `ttl_in_days`.',
  })
  @IsOptional()
  @IsRetention()
  ttlInDays?: number | null;

  @Field(() => [TagInput], {
    nullable: true,
    description:
      'All tags from now on, at most 20, keys unique; as they are when omitted. Not every edition of LTS may remove the ' +
      'tags that are missing here: the result has those that it lists after the change. LTS: `tags`.',
  })
  @IsOptional()
  @AreTags()
  tags?: TagInput[] | null;
}
