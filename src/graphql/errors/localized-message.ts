import type { LtsFailure } from '../../lts/lts-failure.ts';
import { type Language, type Sentence, sentenceAbout, translate } from '../../messages/messages.ts';

/**
 * What a failure says to the person who uses the app: what is wrong, what became of the request, and whether to try
 * again. Never LTS's own message.
 */
export function localizedMessageOf(failure: LtsFailure, language: Language): string {
  const { addedSentences, isRetryable } = failure;
  const advice: Sentence[] = isRetryable ? [{ key: 'tryAgain' }] : [];
  return translate(language, sentenceOf(failure), ...addedSentences, ...advice);
}

/** What is wrong: by the code where there is a sentence about it, else by the kind. */
export function sentenceOf({ code, kind }: LtsFailure): Sentence {
  return sentenceAbout('code', code) ?? { key: `kind.${kind}` as const };
}

/** The values at fault, each with what is wrong with it. */
export function inputErrorsOf(failure: LtsFailure, language: Language) {
  return failure.inputErrors.map(({ path, sentences }) => ({
    path,
    message: translate(language, ...sentences),
  }));
}
