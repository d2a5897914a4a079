import type { LtsFailure } from '../../lts/failure.ts';
import {
  DEFAULT_LANGUAGE,
  type Language,
  type Sentence,
  sentenceAbout,
  translate,
} from '../../messages/messages.ts';
import type { Caller } from '../../request-context.ts';

/** Longest message that is sent, in characters: LTS's, or one of graphql-js that repeats what the caller has sent. */
const MAX_MESSAGE = 500;

export function shortened(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
}

/** What a failure says to developers: what LTS has said, and what became of the request. */
export function messageOf({ message, addedSentences }: LtsFailure, caller: Caller): string {
  const said = shortened(caller.withoutToken(message));
  return addedSentences.length === 0
    ? said
    : `${said.replace(/(?<![.!?。])$/u, '.')} ${translate(DEFAULT_LANGUAGE, ...addedSentences)}`;
}

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
    path: [...path],
    message: translate(language, ...sentences),
  }));
}
