import { IsOptional } from 'class-validator';
import { Field, InputType, ObjectType } from 'type-graphql';
import { HasLength, MatchesPattern } from './validation.ts';

const TAG_CHARACTERS = /^[\p{L}\p{N} _.:=+\-@]*$/u;

@ObjectType({ description: 'A tag that somebody gave to a log group or log stream.', simpleResolvers: true })
export class Tag {
  @Field(() => String)
  key!: string;

  @Field(() => String)
  value!: string;
}

@InputType({ description: 'A tag to give to a log group or log stream.' })
export class TagInput {
  @Field(() => String, {
    description:
      '1-128 letters, digits, spaces and `_.:=+-@`; no space at either end; does not start with `_sys_`.',
  })
  @HasLength(1, 128)
  @MatchesPattern(TAG_CHARACTERS, 'rule.tagCharacters')
  @MatchesPattern(/^(?! ).*(?<! )$/su, 'rule.tagSpaces')
  @MatchesPattern(/^(?!_sys_)/, 'rule.tagPrefix')
  key!: string;

  @Field(() => String, {
    nullable: true,
    description: 'At most 255 of the same characters; may be empty.',
  })
  @IsOptional()
  @HasLength(0, 255)
  @MatchesPattern(TAG_CHARACTERS, 'rule.tagCharacters')
  value?: string | null;
}
