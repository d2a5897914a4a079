import DataLoader from 'dataloader';
import pMap from 'p-map';
import type { RequestContext } from '../request-context.ts';
import { type ListCall, listLogStream, listLogStreams } from './calls.ts';
import { type LtsErrorKind, LtsFailed, orFailed } from './failure.ts';
import type { LtsClient } from './lts-client.ts';
import type { LtsResult } from './reply.ts';
import type { LtsLogStream } from './wire.ts';

/** Log groups whose lists of log streams are read at the same time. */
const MAX_CONCURRENT_LISTS = 8;

/** Kinds of failure of the project-wide list that each group's list would meet as well. */
const AFFECTS_ALL_LISTS: ReadonlySet<LtsErrorKind> = new Set([
  'UNAUTHENTICATED',
  'RATE_LIMITED',
  'TIMEOUT',
  'UNAVAILABLE',
]);

/** The lists of LTS for one request, each read once until `forget`, also if that fails. */
export class Lists {
  readonly #client: LtsClient;
  readonly #context: RequestContext;
  readonly #known = new Map<string, Promise<LtsResult<unknown>>>();
  readonly #streamLoaders = new Map<string, DataLoader<string, LtsLogStream[]>>();

  constructor(client: LtsClient, context: RequestContext) {
    this.#client = client;
    this.#context = context;
  }

  /** @throws LtsFailed */
  async read<T>(call: ListCall<T>): Promise<T[]> {
    return (await this.readWithDate(call)).value;
  }

  /** @throws LtsFailed */
  readWithDate<T>(call: ListCall<T>): Promise<LtsResult<T[]>> {
    const known = this.#known.get(keyOf(call)) as Promise<LtsResult<T[]>> | undefined;
    const list = known ?? this.#client.read(call, this.#context);
    this.#known.set(keyOf(call), list);
    return list;
  }

  /** Takes a list that was read elsewhere. */
  remember<T>(call: ListCall<T>, list: LtsResult<T[]>): void {
    this.#known.set(keyOf(call), Promise.resolve(list));
  }

  forget(): void {
    this.#known.clear();
  }

  /** The log streams of one of many log groups that are asked for together: in as few calls as LTS allows. */
  batchedStreams(projectId: string, groupId: string): Promise<LtsLogStream[]> {
    const loader =
      this.#streamLoaders.get(projectId) ??
      // Without a cache of its own: `read` remembers.
      new DataLoader<string, LtsLogStream[]>(
        async (wanted) => {
          const results = await this.#streamsOfGroups(projectId, [...new Set(wanted)]);
          return wanted.map((id) => results.get(id) ?? []);
        },
        { cache: false },
      );
    this.#streamLoaders.set(projectId, loader);
    return loader.load(groupId);
  }

  /**
   * One list for the whole project, where that names each log stream's group. Editions of LTS before 2025 do not; then
   * one more for each group.
   *
   * @param groupIds each once
   * @returns for each group its log streams or why they could not be read; none for a group without any
   */
  async #streamsOfGroups(
    projectId: string,
    groupIds: readonly string[],
  ): Promise<ReadonlyMap<string, LtsLogStream[] | LtsFailed>> {
    if (groupIds.length > 1) {
      const all = await orFailed(this.read(listLogStreams(projectId)));
      if (all instanceof LtsFailed) {
        if (AFFECTS_ALL_LISTS.has(all.failure.kind)) return new Map(groupIds.map((id) => [id, all]));
      } else if (all.every(({ groupId }) => groupId !== null)) return byGroup(all);
    }
    // LTS may list an ID for which no path can be made: `async` makes of that a rejection, like other failures.
    const streamsOf = async (id: string) => this.read(listLogStream(projectId, id));
    const ask = async (id: string) => [id, await orFailed(streamsOf(id))] as const;
    return new Map(await pMap(groupIds, ask, { concurrency: MAX_CONCURRENT_LISTS }));
  }
}

const keyOf = ({ path }: ListCall<unknown>): string => `${path.filled}${path.query}`;

function byGroup(streams: readonly LtsLogStream[]): Map<string, LtsLogStream[]> {
  const groups = new Map<string, LtsLogStream[]>();
  for (const stream of streams) {
    const groupId = String(stream.groupId);
    const group = groups.get(groupId);
    if (group) group.push(stream);
    else groups.set(groupId, [stream]);
  }
  return groups;
}
