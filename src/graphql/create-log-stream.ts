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
import { asTags, type LogStreamRecord } from '../lts/wire.ts';
import { audited } from './audited.ts';
import type { GatewayContext } from './context.ts';
import { failuresAsData } from './failures.ts';
import { LogStream } from './log-stream.ts';
import { LogGroupArgs } from './path-arguments.ts';
import { resultOf } from './result-of.ts';
import { AreTags, HasLength, IsLtsName, IsRetention } from './rules.ts';
import { TagInput } from './tag.ts';

@InputType({ description: 'The log stream to create.' })
export class CreateLogStreamInput {
  @Field(() => String, {
    description:
      '1-64 letters (Chinese characters included), digits, `-`, `_` and `.`; does not start with `.` or `_`, ' +
      'does not end with `.`; unique in its log group. LTS: `log_stream_name`.',
  })
  @IsLtsName()
  name!: string;

  @Field(() => Int, {
    nullable: true,
    description: "Retention in days, 1-365; the log group's when omitted. LTS: `ttl_in_days`.",
  })
  @IsOptional()
  @IsRetention()
  ttlInDays?: number | null;

  @Field(() => [TagInput], { nullable: true, description: 'At most 20, keys unique. LTS: `tags`.' })
  @IsOptional()
  @AreTags()
  tags?: TagInput[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'Display name, 1-64 characters. LTS: `log_stream_name_alias`.',
  })
  @IsOptional()
  @HasLength(1, 64)
  alias?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Enterprise project, by name, 1-255 characters. LTS: `enterprise_project_name`.',
  })
  @IsOptional()
  @HasLength(1, 255)
  enterpriseProjectName?: string | null;
}

@ArgsType()
class CreateLogStreamArgs extends LogGroupArgs {
  @Field(() => CreateLogStreamInput)
  @ValidateNested()
  input!: CreateLogStreamInput;
}

@ObjectType({ description: 'The log stream exists now.' })
export class LogStreamCreated {
  @Field(() => ID, { description: 'ID of the new log stream, as LTS returned it (`log_stream_id`).' })
  logStreamId: string;

  @Field(() => LogStream, {
    description:
      'The new log stream as requested. Fields that LTS decides by itself (`createdAt`) may still be `null`.',
  })
  logStream: LogStream;

  constructor({ id, record }: Created<LogStreamRecord>, input: CreateLogStreamInput) {
    const { name, alias = null, ttlInDays = null, tags } = input;
    this.logStreamId = id;
    this.logStream = record
      ? { ...record, ttlInDays: record.inheritsRetention ? null : (record.ttlInDays ?? ttlInDays) }
      : { id, name, alias, ttlInDays, createdAt: null, tags: asTags(tags ?? []) };
  }
}

const CreateLogStreamResult = resultOf('createLogStream', LogStreamCreated);

@Resolver()
export class CreateLogStreamResolver {
  @Mutation(() => CreateLogStreamResult, {
    nullable: true,
    description:
      'Creates a log stream in a log group.\n\n' +
      'Whatever LTS, or the network on the way to it, says about this request is data: branch on `__typename`, ' +
      'then on `kind` or `code`. `null` means only that the gateway itself failed; `errors` then says so.\n\n' +
      'Where the answer of LTS is lost, the gateway looks up what became of it. `LogStreamCreated` then is as true ' +
      'as ever; an `LtsError` whose `message` ends in "Nothing was created." can be tried again, and one that says ' +
      'that the outcome is unknown has `isRetryable: false`.',
  })
  @UseMiddleware(audited, failuresAsData)
  async createLogStream(
    @Args(() => CreateLogStreamArgs) { projectId, groupId, input }: CreateLogStreamArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<LogStreamCreated> {
    return new LogStreamCreated(await lts.createLogStream(projectId, groupId, input), input);
  }
}
