import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import type { LogPosition, LogStreamIds } from '../../lts/logs.ts';
import type { LtsDataSource } from '../../lts/lts-data-source.ts';
import type { GatewayContext } from '../context.ts';
import { LogStream } from '../log-stream/log-stream.ts';
import { selectsField } from '../selects-field.ts';
import { Log, LogConnection, LogHistogram } from './log.ts';
import { connectionOf, idsOf, nodeOf, positionOf, startOf } from './log-connection.ts';
import { ContextArgs, LogContextArgs, LogHistogramArgs, LogsArgs, timeOf } from './log-inputs.ts';

const MIN_STEP_MS = 1_000;
const MAX_STEP_MS = 86_400_000;

/** What is read of the content of a log stream: see `content-reads.ts`. */
@Resolver(() => LogStream)
export class LogStreamContentResolver {
  @FieldResolver(() => LogConnection, {
    nullable: true,
    description:
      'Its logs, the newest first unless asked otherwise, page by page. A page is empty, without an error, where there are ' +
      'none, or nothing is indexed. Read of one log stream at a time, not in a list of them, and in queries only: in the ' +
      'result of a mutation it is `null`.',
  })
  async logs(
    @Root() stream: LogStream,
    @Args(() => LogsArgs) { search, first, after }: LogsArgs,
    @Ctx() { lts }: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<LogConnection> {
    const ids = idsOf(stream);
    const size = first ?? 50;
    const start = startOf(ids, search, after ?? null);
    const page = await lts.logs(ids, {
      ...start,
      keywords: search.keywords ?? '',
      labels: search.labels ?? [],
      newestFirst: search.order !== 'OLDEST_FIRST',
      limit: size,
      withHighlights: selectsField(info, 'edges', 'node', 'highlights'),
    });
    return connectionOf(ids, search, start, size, page);
  }

  @FieldResolver(() => LogHistogram, {
    nullable: true,
    description:
      'How many logs it has, by time. Read like `logs`; labels and the order of the search do not matter.',
  })
  async logHistogram(
    @Root() stream: LogStream,
    @Args(() => LogHistogramArgs) { search, buckets }: LogHistogramArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<LogHistogram> {
    const { from, to } = timeOf(search, Date.now()) ?? { from: 0, to: 0 };
    const stepMs = Math.min(MAX_STEP_MS, Math.max(MIN_STEP_MS, Math.ceil((to - from) / (buckets ?? 60))));
    return lts.logHistogram(idsOf(stream), { from, to, keywords: search.keywords ?? '' }, stepMs);
  }

  @FieldResolver(() => [Log], {
    nullable: true,
    description: 'A log and those around it, the oldest first, whatever they match. Read like `logs`.',
  })
  async logContext(
    @Root() stream: LogStream,
    @Args(() => LogContextArgs) args: LogContextArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<Log[]> {
    const ids = idsOf(stream);
    return readContext(lts, ids, positionOf(ids, args.id), args);
  }
}

@Resolver(() => Log)
export class LogResolver {
  @FieldResolver(() => [Log], {
    nullable: true,
    description:
      'The log and those around it, the oldest first. One call to LTS for each log: only in a page of `first: 1`. For a log ' +
      'of a longer page, ask for `logContext` of its log stream.',
  })
  async context(
    @Root() { ids, position }: Log,
    @Args(() => ContextArgs) args: ContextArgs,
    @Ctx() { lts }: GatewayContext,
  ): Promise<Log[]> {
    return readContext(lts, ids, position, args);
  }
}

async function readContext(
  lts: LtsDataSource,
  ids: LogStreamIds,
  position: LogPosition,
  { before, after }: ContextArgs,
): Promise<Log[]> {
  const logs = await lts.logContext(ids, position, before ?? 20, after ?? 20);
  return logs.map((log) => nodeOf(ids, log));
}
