import { fileURLToPath } from 'node:url';
import { DEFAULT_LANGUAGE, type Language, readCatalogues } from './catalogues.ts';
import type en from './en.json';

export { DEFAULT_LANGUAGE, type Language } from './catalogues.ts';

export type SentenceKey = Exclude<keyof typeof en, 'separator'>;

/** A sentence for a person, in no language yet. */
export interface Sentence {
  readonly key: SentenceKey;
  /** What takes the place of its placeholders. */
  readonly values?: Readonly<Record<string, string | number>>;
}

const CATALOGUES = readCatalogues(fileURLToPath(new URL('../messages/', import.meta.url)));
const LANGUAGES_BY_RANGE = languagesByRange();

/** Sentences in one language, as one text; in English if there is no file for the language. */
export function translate(language: Language, ...sentences: readonly Sentence[]): string {
  const catalogue = CATALOGUES.get(language) ?? CATALOGUES.get(DEFAULT_LANGUAGE);
  const textOf = ({ key, values = {} }: Sentence) =>
    (catalogue?.get(key) ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  return sentences.map(textOf).join(catalogue?.get('separator'));
}

/** The sentence about a code, of a failure of LTS or of an error of the gateway; `null` where there is none. */
export function sentenceAbout(what: 'code' | 'error', name: string): Sentence | null {
  const key = `${what}.${name}`;
  return CATALOGUES.get(DEFAULT_LANGUAGE)?.has(key) ? { key: key as SentenceKey } : null;
}

/**
 * The language for a range of `Accept-Language`, by the lookup of RFC 4647: `zh-Hans-CN`, `zh-TW` and `zh` all find
 * `zh-Hans`. `null` where there is none.
 */
export function languageForRange(range: string): Language | null {
  for (
    let rest = range.toLowerCase();
    rest !== '';
    rest = rest.slice(0, Math.max(0, rest.lastIndexOf('-')))
  ) {
    const language = LANGUAGES_BY_RANGE.get(rest);
    if (language !== undefined) return language;
  }
  return null;
}

/** Each language by its tag, and by the first part of it. */
function languagesByRange(): ReadonlyMap<string, Language> {
  const ranges = new Map<string, Language>();
  for (const language of [...CATALOGUES.keys()].sort()) {
    const tag = language.toLowerCase();
    const [primary = tag] = tag.split('-');
    if (!ranges.has(primary)) ranges.set(primary, language);
    ranges.set(tag, language);
  }
  return ranges;
}
