/** The default delimiters of LTS: what separates the words of a log. */
const DELIMITERS = `, '";=()[\\]{}@&<>\\/:\\\\?\\n\\t\\r`;
/** A word of Chinese has no delimiters around it, so that each of its characters counts as one. */
const EDGE = `[${DELIMITERS}\\p{Script=Han}]`;
const NOT_EDGE = `[^${DELIMITERS}\\p{Script=Han}]`;

/** A phrase `#"…"`, or a word between delimiters. */
const TERM = new RegExp(`#"([^"]*)"|[^${DELIMITERS}]+`, 'gu');
const STARTS_WITH_EDGE = new RegExp(`^${EDGE}`, 'u');
const ENDS_WITH_EDGE = new RegExp(`${EDGE}$`, 'u');

interface Term {
  readonly pattern: string;
  readonly isExcluded: boolean;
}

/** What a search looks for: less than LTS's own syntax, see the contract. */
export class Keywords {
  /** A text has all terms of one of these. */
  readonly #alternatives: readonly (readonly Term[])[];

  constructor(text: string) {
    const alternatives: Term[][] = [[]];
    let isExcluded = false;
    for (const [term, phrase] of text.matchAll(TERM)) {
      const operator = phrase === undefined ? term.toLowerCase() : '';
      if (operator === 'or') alternatives.push([]);
      else if (operator === 'not') isExcluded = true;
      else if (operator !== 'and' && (phrase ?? term) !== '') {
        alternatives.at(-1)?.push({ pattern: patternOf(phrase ?? term, phrase === undefined), isExcluded });
        isExcluded = false;
      }
    }
    this.#alternatives = alternatives.filter((terms) => terms.length > 0);
  }

  get #wanted(): string[] {
    return this.#alternatives.flat().flatMap(({ pattern, isExcluded }) => (isExcluded ? [] : [pattern]));
  }

  /** @returns a function that tells whether a text is looked for, whatever its case */
  matcher(): (text: string) => boolean {
    const alternatives = this.#alternatives.map((terms) =>
      terms.map(({ pattern, isExcluded }) => ({ regExp: new RegExp(pattern, 'iu'), isExcluded })),
    );
    if (alternatives.length === 0) return () => true;
    return (text) =>
      alternatives.some((terms) => terms.every(({ regExp, isExcluded }) => regExp.test(text) !== isExcluded));
  }

  /** @returns a function that marks the words and phrases in a text, as LTS does */
  highlighter(): (text: string) => string {
    const longestFirst = this.#wanted.sort((a, b) => b.length - a.length);
    if (longestFirst.length === 0) return (text) => text;
    const pattern = new RegExp(longestFirst.join('|'), 'giu');
    return (text) => text.replace(pattern, '<HighLightTag>$&</HighLightTag>');
  }
}

/**
 * The term as a whole: no word goes on before or after it.
 *
 * @param isWord in which `*` stands for any characters of a word
 */
function patternOf(term: string, isWord: boolean): string {
  const before = STARTS_WITH_EDGE.test(term) ? '' : `(?<!${NOT_EDGE})`;
  const after = ENDS_WITH_EDGE.test(term) ? '' : `(?!${NOT_EDGE})`;
  const literal = term.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return `${before}${isWord ? literal.replaceAll(/(\\\*)+/g, `${NOT_EDGE}*`) : literal}${after}`;
}
