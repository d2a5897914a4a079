import 'reflect-metadata';
import { IsOptional, Length, Matches, Max, Min, ValidateNested } from 'class-validator';
import type { Logger } from 'pino';
import {
  Args,
  ArgsType,
  buildSchemaSync,
  Ctx,
  createUnionType,
  Field,
  GraphQLISODateTime,
  ID,
  InputType,
  Int,
  type MiddlewareFn,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  registerEnumType,
  UseMiddleware,
} from 'type-graphql';
import { ErrorKind, failureOf, type LtsFailure } from './failure.ts';
import type { LogTankService } from './lts.ts';

/** What resolvers are given of a request. */
export interface Context {
  readonly lts: LogTankService;
  readonly requestId: string;
  readonly tokenHash: string | undefined;
  readonly log: Logger;
  /** For the log line of the request. */
  readonly locals: { operation?: string | null };
}

const PLAIN_ID = /^[\w-]{1,64}$/; // it becomes a segment of a path
const NAME = /^(?![._])[A-Za-z0-9\p{Script=Han}._-]*(?<!\.)$/u;
const RETRYABLE: ReadonlySet<ErrorKind> = new Set(['RATE_LIMITED', 'TIMEOUT', 'UNAVAILABLE']);

registerEnumType(ErrorKind, { name: 'LtsErrorKind' });

// `simpleResolvers` is what TypeGraphQL's page on performance advises for long lists.
@ObjectType({ simpleResolvers: true })
export class Tag {
  @Field(() => String)
  key!: string;

  @Field(() => String)
  value!: string;
}

@ObjectType({ simpleResolvers: true })
export class LogStream {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  name!: string;

  @Field(() => Int, { nullable: true })
  ttlInDays!: number | null;

  @Field(() => GraphQLISODateTime, { nullable: true })
  createdAt!: Date | null;

  @Field(() => [Tag])
  tags!: Tag[];
}

@ObjectType()
class LogStreamCreated {
  @Field(() => ID)
  readonly logStreamId: string;

  constructor(logStreamId: string) {
    this.logStreamId = logStreamId;
  }
}

@ObjectType()
class InputError {
  @Field(() => [String])
  path!: string[];

  @Field(() => String)
  message!: string;
}

@ObjectType()
class LtsError {
  @Field(() => String)
  readonly code: string;

  @Field(() => ErrorKind)
  readonly kind: ErrorKind;

  @Field(() => String)
  readonly message: string;

  @Field(() => Boolean)
  readonly isRetryable: boolean;

  @Field(() => [InputError])
  readonly inputErrors: InputError[];

  @Field(() => ID)
  readonly requestId: string;

  constructor({ code, kind, message, problems }: LtsFailure, requestId: string) {
    this.code = code;
    this.kind = kind;
    this.message = message;
    this.isRetryable = RETRYABLE.has(kind);
    this.inputErrors = problems;
    this.requestId = requestId;
  }
}

const CreateLogStreamResult = createUnionType({
  name: 'CreateLogStreamResult',
  types: () => [LogStreamCreated, LtsError] as const,
});

@InputType()
class CreateLogStreamInput {
  @Field(() => String)
  @Length(1, 64)
  @Matches(NAME, { message: 'letters, digits, "-", "_" and "."; neither "." nor "_" first, no "." last' })
  name!: string;

  @Field(() => Int, { nullable: true })
  @IsOptional()
  @Min(1)
  @Max(365)
  ttlInDays?: number | null;
}

@ArgsType()
export class LogGroupArgs {
  @Field(() => ID)
  @Matches(PLAIN_ID)
  projectId!: string;

  @Field(() => ID)
  @Matches(PLAIN_ID)
  groupId!: string;
}

@ArgsType()
export class CreateLogStreamArgs extends LogGroupArgs {
  @Field(() => CreateLogStreamInput)
  @ValidateNested()
  input!: CreateLogStreamInput;
}

/** Logs who did what to what, and returns failures as data. */
const audited: MiddlewareFn<Context> = async ({ args, context, info }, next) => {
  const { tokenHash, log, requestId } = context;
  let outcome = 'INTERNAL_SERVER_ERROR';
  try {
    const result = await next();
    outcome = 'OK';
    return result;
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw error;
    outcome = failure.code;
    return new LtsError(failure, requestId);
  } finally {
    const { projectId, groupId, input } = args as CreateLogStreamArgs;
    log.info({ tokenHash, mutation: info.fieldName, projectId, groupId, name: input.name, outcome }, 'audit');
  }
};

@Resolver()
class LogStreamResolver {
  @Query(() => [LogStream], { nullable: true })
  async logStreams(
    @Args(() => LogGroupArgs) group: LogGroupArgs,
    @Ctx() { lts }: Context,
  ): Promise<LogStream[]> {
    return lts.logStreams(group);
  }

  @Mutation(() => CreateLogStreamResult, { nullable: true })
  @UseMiddleware(audited)
  async createLogStream(
    @Args(() => CreateLogStreamArgs) created: CreateLogStreamArgs,
    @Ctx() { lts }: Context,
  ): Promise<LogStreamCreated> {
    return new LogStreamCreated(await lts.createLogStream(created));
  }
}

/** What the benchmark's operations need of the gateway's contract. */
export const schema = buildSchemaSync({ resolvers: [LogStreamResolver], validate: true });
