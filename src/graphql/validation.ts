import {
  ValidateBy,
  ValidateNested,
  type ValidationArguments,
  type ValidationError,
  validateSync,
} from 'class-validator';
import { PLAIN_SEGMENT } from '../lts/calls.ts';
import { type InputProblem, LtsFailed, ownFailure } from '../lts/failure.ts';
import type { Sentence, SentenceKey } from '../messages/messages.ts';
import type { GatewayContext } from './context.ts';

/** Of code GATEWAY.INVALID_INPUT: arguments break a rule that is checked before anything is attempted. */
export class InvalidArguments extends LtsFailed {}

/**
 * Checks the arguments of one field by the rules on their class. Names the values at fault, up to `LIMITS.problems` in
 * one response, without repeating them. TypeGraphQL's own validation loses the index in a list, and its error has the
 * whole input.
 *
 * @throws InvalidArguments
 */
export function validateArguments(args: object, context: Pick<GatewayContext, 'problemsLeft'>): void {
  const errors = validateSync(args, { forbidUnknownValues: false });
  if (errors.length === 0) return;
  const problems = errors.flatMap((error) => problemsIn(error));
  const inputErrors = problems.slice(0, context.problemsLeft);
  context.problemsLeft -= inputErrors.length;
  const values = { listed: inputErrors.length, total: problems.length };
  const addedSentences =
    inputErrors.length < problems.length ? [{ key: 'problemsListed', values } as const] : [];
  throw new InvalidArguments(ownFailure('GATEWAY.INVALID_INPUT', { inputErrors, addedSentences }).failure);
}

function problemsIn(
  { property, value, contexts = {}, children = [] }: ValidationError,
  parent: readonly string[] = [],
): InputProblem[] {
  const path = [...parent, property];
  const { 'rule.tagCount': tooMany, 'rule.tagKeysUnique': notUnique, ...others }: Contexts = contexts;
  // The problems in a list that is too long are not reported.
  if (tooMany) return [{ path, sentences: [tooMany] }];
  const sentences = Object.values(others);
  const itself = sentences.length > 0 ? [{ path, sentences }] : [];
  // A repeated key is reported where it is repeated, not for the list as a whole.
  const repeated = notUnique
    ? repeatedKeys(value).map((index) => ({ path: [...path, String(index), 'key'], sentences: [notUnique] }))
    : [];
  return [...itself, ...repeated, ...children.flatMap((child) => problemsIn(child, path))];
}

/** What is wrong, by the name of the rule. */
type Contexts = Readonly<Record<string, Sentence>>;

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
