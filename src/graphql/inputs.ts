import { IsOptional } from 'class-validator';
import { Field, ID, InputType, Int } from 'type-graphql';
import { TagInput } from './tag.ts';
import { AreTags, all, HasLength, IsLtsName, IsPlainId, IsRetention } from './validation.ts';

/** What the inputs of log groups and of log streams have in common. */

export function IdField(description: string): PropertyDecorator {
  return all(
    Field(() => ID, { description }),
    IsPlainId(),
  );
}

/** The name of what is created, where it is unique, and LTS's name of that field. */
export function NewNameField(place: string, ltsName: string): PropertyDecorator {
  const description =
    '1-64 letters (Chinese characters included), digits, `-`, `_` and `.`; does not start with `.` or `_`, ' +
    `does not end with \`.\`; unique in its ${place}. LTS: \`${ltsName}\`.`;
  return all(
    Field(() => String, { description }),
    IsLtsName(),
  );
}

export function AliasField(ltsName: string): PropertyDecorator {
  const description = `Display name, 1-64 characters. LTS: \`${ltsName}\`.`;
  return all(
    Field(() => String, { nullable: true, description }),
    IsOptional(),
    HasLength(1, 64),
  );
}

export function TagsField(description = 'At most 20, keys unique. LTS: `tags`.'): PropertyDecorator {
  return all(
    Field(() => [TagInput], { nullable: true, description }),
    IsOptional(),
    AreTags(),
  );
}

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

  @TagsField(
    'All tags from now on, at most 20, keys unique; as they are when omitted. Not every edition of LTS may remove the ' +
      'tags that are missing here: the result has those that it lists after the change. LTS: `tags`.',
  )
  tags?: TagInput[] | null;
}
