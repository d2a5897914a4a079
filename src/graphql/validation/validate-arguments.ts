import { type ValidationError, validate } from 'class-validator';
import { type InputProblem, ownFailure } from '../../lts/lts-failure.ts';
import type { Sentence } from '../../messages/messages.ts';
import type { GatewayContext } from '../context.ts';
import { readMessage } from './rules.ts';

/**
 * Checks the arguments of one field by the rules on their class. Names the values at fault, up to `LIMITS.problems` in
 * one response, without repeating them. TypeGraphQL's own validation loses the index in a list, and its error has the
 * whole input.
 *
 * @throws LtsFailure of code GATEWAY.INVALID_INPUT
 */
export async function validateArguments(
  args: object,
  context: Pick<GatewayContext, 'problemsLeft'>,
): Promise<void> {
  const errors = await validate(args, { forbidUnknownValues: false });
  if (errors.length === 0) return;
  const problems = errors.flatMap((error) => problemsIn(error));
  const inputErrors = problems.slice(0, context.problemsLeft);
  context.problemsLeft -= inputErrors.length;
  const failure = ownFailure('GATEWAY.INVALID_INPUT', { inputErrors });
  if (inputErrors.length === problems.length) throw failure;
  const values = { listed: inputErrors.length, total: problems.length };
  throw failure.withSentence({ key: 'problemsListed', values });
}

function problemsIn(error: ValidationError, parent: readonly string[] = []): InputProblem[] {
  const path = [...parent, error.property];
  const { arrayMaxSize, arrayUnique, ...others } = error.constraints ?? {};
  // The problems in a list that is too long are not reported.
  if (arrayMaxSize !== undefined) return [{ path, sentences: [readMessage(arrayMaxSize)] }];
  const sentences = [...new Set(Object.values(others))].map(readMessage);
  return [
    ...(sentences.length > 0 ? [{ path, sentences }] : []),
    ...(arrayUnique === undefined ? [] : repeatedKeys(error.value, path, readMessage(arrayUnique))),
    ...(error.children ?? []).flatMap((child) => problemsIn(child, path)),
  ];
}

/** A repeated key is reported where it is repeated, not for the list as a whole. */
function repeatedKeys(value: unknown, path: readonly string[], sentence: Sentence): InputProblem[] {
  const keys = (value as { key: string }[]).map((tag) => tag.key);
  return keys.flatMap((key, index) =>
    keys.indexOf(key) < index ? [{ path: [...path, String(index), 'key'], sentences: [sentence] }] : [],
  );
}
