import { type ValidationError, validateSync } from 'class-validator';
import { type InputProblem, LtsFailed, ownFailure } from '../../lts/failure.ts';
import type { Sentence } from '../../messages/messages.ts';
import type { GatewayContext } from '../context.ts';
import { repeatedKeys } from './rules.ts';

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
