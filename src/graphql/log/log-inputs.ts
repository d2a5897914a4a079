import { IsOptional, ValidateNested } from 'class-validator';
import { ArgsType, Field, GraphQLISODateTime, ID, InputType, Int, registerEnumType } from 'type-graphql';
import { all, IsInRange, Rule, repeatedKeys } from '../validation.ts';

/** The longest time that LTS searches, says its page; some editions take less, and say so. */
const MAX_SECONDS = 180 * 24 * 60 * 60;

export const LogOrder = { NEWEST_FIRST: 'NEWEST_FIRST', OLDEST_FIRST: 'OLDEST_FIRST' } as const;
export type LogOrder = keyof typeof LogOrder;
registerEnumType(LogOrder, {
  name: 'LogOrder',
  description: 'In which order logs are read.',
  valuesConfig: {
    NEWEST_FIRST: { description: 'What came last is first.' },
    OLDEST_FIRST: { description: 'What came first is first.' },
  },
});

@InputType({ description: 'A label that logs must have.' })
export class LogLabelInput {
  @Field(() => String)
  key!: string;

  @Field(() => String)
  value!: string;
}

@InputType({
  description: 'Which logs to read. Give either `lastSeconds`, or `from`, and `to` unless the time ends now.',
})
export class LogSearch {
  @Field(() => Int, {
    nullable: true,
    description:
      'The last so many seconds, 1-15552000 (180 days). Some editions of LTS search fewer days, and say so.',
  })
  @IsOptional()
  @IsInRange(1, MAX_SECONDS)
  lastSeconds?: number | null;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'Included. LTS: `start_time`.' })
  from?: Date | null;

  @Field(() => GraphQLISODateTime, {
    nullable: true,
    description: 'Included; now when omitted. At most 180 days after `from`. LTS: `end_time`.',
  })
  to?: Date | null;

  @Field(() => String, {
    nullable: true,
    description:
      "In LTS's search syntax: words that a log must all have (`error timeout`), `and`, `or`, `not`, `*` within a word, " +
      '`#"a phrase"`. All logs when omitted. LTS: `keywords`.',
  })
  keywords?: string | null;

  @Field(() => [LogLabelInput], {
    nullable: true,
    description: 'Labels that a log must all have, each key once. Not for a histogram. LTS: `labels`.',
  })
  @IsOptional()
  @Rule('rule.labelKeysUnique', (labels: LogLabelInput[]) => repeatedKeys(labels).length === 0)
  labels?: LogLabelInput[] | null;

  @Field(() => LogOrder, {
    nullable: true,
    defaultValue: 'NEWEST_FIRST',
    description: 'Not for a histogram. LTS: `is_desc`.',
  })
  order?: LogOrder | null;
}

/** The time of a search in milliseconds since 1970; `null` where it is given twice or not at all. */
export function timeOf(
  { lastSeconds, from, to }: LogSearch,
  now: number,
): { from: number; to: number } | null {
  const isGiven = (value: unknown) => value !== null && value !== undefined;
  if (isGiven(lastSeconds)) {
    return isGiven(from) || isGiven(to) ? null : { from: now - Number(lastSeconds) * 1_000, to: now };
  }
  return from ? { from: from.getTime(), to: to?.getTime() ?? now } : null;
}

/** @param from and `to` in milliseconds since 1970 */
export function isTimeAllowed(from: unknown, to: unknown): boolean {
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to)) return false;
  const ms = Number(to) - Number(from);
  return Number(from) >= 0 && ms > 0 && ms <= MAX_SECONDS * 1_000;
}

function HasTime(): PropertyDecorator {
  const choice = Rule('rule.timeChoice', (search: LogSearch) => timeOf(search, Date.now()) !== null);
  const span = Rule('rule.timeSpan', (search: LogSearch, args) => {
    const { after } = (args?.object ?? {}) as LogsArgs;
    const time = search.from && !after ? timeOf(search, Date.now()) : null; // a cursor has a time of its own
    return time === null || isTimeAllowed(time.from, time.to);
  });
  return all(choice, span);
}

@ArgsType()
class LogSearchArgs {
  @Field(() => LogSearch, { description: 'Which logs.' })
  @HasTime()
  @ValidateNested()
  search!: LogSearch;
}

@ArgsType()
export class LogsArgs extends LogSearchArgs {
  @Field(() => Int, { nullable: true, defaultValue: 50, description: 'Logs in a page, 1-500.' })
  @IsOptional()
  @IsInRange(1, 500)
  first?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the log before the page: `endCursor` of the page before.',
  })
  after?: string | null;
}

@ArgsType()
export class LogHistogramArgs extends LogSearchArgs {
  @Field(() => Int, {
    nullable: true,
    defaultValue: 60,
    description: 'About how many buckets, 1-500. One has at least a second and at most a day.',
  })
  @IsOptional()
  @IsInRange(1, 500)
  buckets?: number | null;
}

@ArgsType()
export class ContextArgs {
  @Field(() => Int, { nullable: true, defaultValue: 20, description: 'Logs before it, 0-500.' })
  @IsOptional()
  @IsInRange(0, 500)
  before?: number | null;

  @Field(() => Int, { nullable: true, defaultValue: 20, description: 'Logs after it, 0-500.' })
  @IsOptional()
  @IsInRange(0, 500)
  after?: number | null;
}

@ArgsType()
export class LogContextArgs extends ContextArgs {
  @Field(() => ID, { description: '`Log.id`.' })
  id!: string;
}
