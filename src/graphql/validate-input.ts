import { type ValidationError, validate } from 'class-validator';
import { type InputProblem, ownFailure } from '../lts/lts-failure.ts';

/**
 * Checks the arguments of one field by the rules on their class, and names every value at fault without
 * repeating it. TypeGraphQL's own validation loses the index in a list, and its error carries the input.
 *
 * @throws LtsFailure of code GATEWAY.INVALID_INPUT
 */
export async function validateInput(args: object): Promise<void> {
  const errors = await validate(args, { forbidUnknownValues: false });
  if (errors.length > 0) {
    throw ownFailure('GATEWAY.INVALID_INPUT', { inputErrors: errors.flatMap((error) => problemsIn(error)) });
  }
}

function problemsIn(error: ValidationError, parent: readonly string[] = []): InputProblem[] {
  const path = [...parent, error.property];
  const { arrayUnique, ...others } = error.constraints ?? {};
  const sentences = [...new Set(Object.values(others))];
  return [
    ...(sentences.length > 0 ? [{ path, message: sentences.join(' ') }] : []),
    ...(arrayUnique === undefined ? [] : doubledKeys(error.value, path, arrayUnique)),
    ...(error.children ?? []).flatMap((child) => problemsIn(child, path)),
  ];
}

/** A doubled key is at fault where it comes again, not the list as a whole. */
function doubledKeys(value: unknown, path: readonly string[], message: string): InputProblem[] {
  const keys = (value as { key: string }[]).map((tag) => tag.key);
  return keys.flatMap((key, index) =>
    keys.indexOf(key) < index ? [{ path: [...path, String(index), 'key'], message }] : [],
  );
}
