import { ValidateBy, ValidateNested, type ValidationArguments } from 'class-validator';
import { PLAIN_SEGMENT } from '../../lts/calls.ts';
import type { Sentence, SentenceKey } from '../../messages/messages.ts';

/**
 * A rule of class-validator, with what is wrong with a value that breaks it as its context.
 *
 * @param key of the sentence, and the rule's name
 */
export function Rule<T>(
  key: SentenceKey,
  isKept: (value: T, args?: ValidationArguments) => boolean,
  values?: Sentence['values'],
): PropertyDecorator {
  const context: Sentence = { key, ...(values && { values }) };
  // Without a message, class-validator reports no context.
  return ValidateBy({ name: key, validator: { validate: isKept } }, { context, message: key });
}

/** A rule on a string: `null` breaks it where the property has no `@IsOptional()`. */
export function MatchesPattern(pattern: RegExp, key: SentenceKey): PropertyDecorator {
  return Rule(key, (value) => typeof value === 'string' && pattern.test(value));
}

/** A length in characters as people count them (code points), not in UTF-16 units. */
export function HasLength(min: number, max: number): PropertyDecorator {
  const isKept = (value: unknown) => {
    if (typeof value !== 'string') return false;
    const length = [...value].length;
    return length >= min && length <= max;
  };
  return min === 0 ? Rule('rule.maxLength', isKept, { max }) : Rule('rule.length', isKept, { min, max });
}

/** The name of a log group or log stream, as LTS's pages since 2025 define it. */
export function IsLtsName(): PropertyDecorator {
  return all(
    HasLength(1, 64),
    MatchesPattern(/^[A-Za-z0-9\p{Script=Han}._-]*$/u, 'rule.nameCharacters'),
    MatchesPattern(/^(?![._])/, 'rule.nameStart'),
    MatchesPattern(/(?<!\.)$/, 'rule.nameEnd'),
  );
}

/**
 * The name of an enterprise project, as the page of CreateLogStream says: OTC's (creating_a_log_stream.rst), and Huawei's
 * Chinese one of 2024, which allows Chinese characters as well. `default` must not be in it "in any form".
 */
export function IsEnterpriseProjectName(): PropertyDecorator {
  return all(
    HasLength(1, 255),
    MatchesPattern(/^[A-Za-z0-9\p{Script=Han}_-]*$/u, 'rule.enterpriseProjectCharacters'),
    MatchesPattern(/^(?!.*default)/is, 'rule.enterpriseProjectDefault'),
  );
}

/** An ID that is one plain segment of a path. Every ID needs this rule; what else it must be, LTS decides. */
export function IsPlainId(): PropertyDecorator {
  return MatchesPattern(PLAIN_SEGMENT, 'rule.plainId');
}

/** A whole number; GraphQL has made sure of that. */
export function IsInRange(min: number, max: number): PropertyDecorator {
  return Rule('rule.range', (value: number) => value >= min && value <= max, { min, max });
}

/** A number of days. */
export function IsRetention(): PropertyDecorator {
  return Rule('rule.retention', (value: number) => value >= 1 && value <= 365);
}

/** At most 20, keys unique, each valid; may be empty. */
export function AreTags(): PropertyDecorator {
  return all(
    Rule('rule.tagCount', (tags: readonly unknown[]) => tags.length <= 20),
    Rule('rule.tagKeysUnique', (tags: readonly { key: string }[]) => repeatedKeys(tags).length === 0),
    ValidateNested({ each: true }),
  );
}

/** Where a key has been before, as indexes. */
export function repeatedKeys(tags: readonly { key: string }[]): number[] {
  const seen = new Set<string>();
  return tags.flatMap(({ key }, index) => {
    if (seen.has(key)) return [index];
    seen.add(key);
    return [];
  });
}

/** For a switch that sets the retention to something else than a number of days: not both. */
export function ExcludesRetention(): PropertyDecorator {
  return Rule('rule.excludesRetention', (value, args) => {
    const { ttlInDays = null } = (args?.object ?? {}) as { ttlInDays?: number | null };
    return value !== true || ttlInDays === null;
  });
}

/**
 * For the input of an update, in which a field that is omitted or `null`, or a switch that is `false`, changes nothing:
 * at least one is given.
 */
export function ChangesSomething(): PropertyDecorator {
  return Rule('rule.changesSomething', (input: object) =>
    Object.values(input).some((value) => value !== null && value !== undefined && value !== false),
  );
}

/** Several decorators as one. */
export function all(...decorators: PropertyDecorator[]): PropertyDecorator {
  return (target, property) => {
    for (const decorate of decorators) decorate(target, property);
  };
}
