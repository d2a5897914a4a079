import type { LtsFailure } from '../../lts/lts-failure.ts';
import { type Language, type Sentence, sentenceAbout, translate } from '../../messages/messages.ts';

/**
 * What a failure says to the person who uses the app: what is wrong, what became of the request, and whether to try
 * again. Never LTS's own message.
 */
export function localizedMessageOf(failure: LtsFailure, language: Language): string {
  const { code, kind, addedSentences, isRetryable } = failure;
  const what = sentenceAbout('code', code) ?? { key: `kind.${kind}` as const };
  const advice: Sentence[] = isRetryable ? [{ key: 'tryAgain' }] : [];
  return translate(language, what, ...addedSentences, ...advice);
}

/** The values at fault, each with what is wrong with it. */
export function inputErrorsOf(failure: LtsFailure, language: Language) {
  return failure.inputErrors.map(({ path, sentences }) => ({
    path,
    message: translate(language, ...sentences),
  }));
}
