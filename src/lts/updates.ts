import { LtsFailure, orFailure, ownFailure } from './lts-failure.ts';
import {
  asTags,
  INHERITED_RETENTION,
  type ListedTags,
  type LtsStreamUpdate,
  type LtsUpdate,
  type Retention,
  type Tag,
} from './wire.ts';

/**
 * The retention to send with an update of a log stream: LTS needs one, even if only tags change.
 *
 * @param before how the log stream was listed before the update
 * @throws LtsFailure of code GATEWAY.INVALID_INPUT where neither the change nor LTS says the retention
 */
export function retentionToSend({ followLogGroup, ttlInDays }: LtsStreamUpdate, before: Retention): number {
  if (followLogGroup) return INHERITED_RETENTION;
  const retention = ttlInDays ?? (before.inheritsRetention ? INHERITED_RETENTION : before.ttlInDays);
  if (retention !== null) return retention;
  const problem = { path: ['input', 'ttlInDays'], sentences: [{ key: 'rule.retentionNeeded' } as const] };
  throw ownFailure('GATEWAY.INVALID_INPUT', { inputErrors: [problem] });
}

/**
 * The tags after an update: those that LTS lists then, or those that were sent if it lists none.
 *
 * What LTS does with the tags of an update is not documented. It once removed none (pull request 3346 of Huawei's
 * Terraform provider; 3711 says that this is fixed; since 5017 the provider sends tags by another call), and a log
 * group's tags can change those of its log streams (3346).
 *
 * @param before how the item was listed before the update
 * @param listNow reads the list anew
 */
export async function tagsAfter(
  { tags }: LtsUpdate,
  before: ListedTags,
  listNow: () => Promise<ListedTags | null>,
): Promise<Tag[]> {
  if (!tags) return before.tags;
  const after = await orFailure(listNow());
  const isListed = after !== null && !(after instanceof LtsFailure) && after.listsTags;
  return isListed ? after.tags : asTags(tags);
}
