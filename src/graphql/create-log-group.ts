import { IsOptional, ValidateNested } from 'class-validator';
import {
  Args,
  ArgsType,
  Ctx,
  Field,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Resolver,
  UseMiddleware,
} from 'type-graphql';
import type { Created } from '../lts/lts-caller.ts';
import { asTags, type LogGroupRecord } from '../lts/wire.ts';
import { audited } from './audited.ts';
import type { GatewayContext } from './context.ts';
import { failuresAsData } from './failures.ts';
import { LogGroup } from './log-group.ts';
import { ProjectArgs } from './path-arguments.ts';
import { resultOf } from './result-of.ts';
import { AreTags, HasLength, IsLtsName, IsRetention } from './rules.ts';
import { TagInput } from './tag.ts';

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
}

@ArgsType()
class CreateLogGroupArgs extends ProjectArgs {
  @Field(() => CreateLogGroupInput)
  @ValidateNested()
  input!: CreateLogGroupInput;
}

@ObjectType({ description: 'The log group exists now.' })
export class LogGroupCreated {
  @Field(() => ID, { description: 'ID of the new log group, as LTS returned it (`log_group_id`).' })
  logGroupId: string;

  @Field(() => LogGroup, { description: 'The new log group as requested.' })
  logGroup: LogGroup;

  constructor({ id, answeredAt, record }: Created<LogGroupRecord>, args: CreateLogGroupArgs) {
    const { name, ttlInDays, alias = null, tags } = args.input;
    const requested = { id, name, ttlInDays, alias, createdAt: answeredAt, tags: asTags(tags ?? []) };
    this.logGroupId = id;
    this.logGroup = new LogGroup(record ?? requested, args.projectId);
  }
}

const CreateLogGroupResult = resultOf('createLogGroup', LogGroupCreated);

@Resolver()
export class CreateLogGroupResolver {
  @Mutation(() => CreateLogGroupResult, {
    nullable: true,
    description:
      'Creates a log group. Outcomes are as with `createLogStream`: a lost answer of LTS is looked up, and an ' +
      '`LtsError` says whether nothing was created or whether that is unknown.',
  })
  @UseMiddleware(audited, failuresAsData)
  async createLogGroup(
    @Args(() => CreateLogGroupArgs) args: CreateLogGroupArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<LogGroupCreated> {
    return new LogGroupCreated(await lts.createLogGroup(args.projectId, args.input), args);
  }
}
