import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A BCP 47 tag, which is also the name of the language's file: `en`, `zh-Hans`. */
export type Language = string;

/** The language of requests that ask for no other one, and the one whose file says which sentences there are. */
export const DEFAULT_LANGUAGE: Language = 'en';

/** Sentences by key. */
export type Catalogue = ReadonlyMap<string, string>;

/** Thrown when the files are not what the gateway needs; its message has a line for each problem. */
export class CatalogueError extends Error {
  constructor(problems: readonly string[]) {
    super(`Invalid files of messages:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/**
 * Reads the file of each language, `<tag>.json`.
 *
 * @throws CatalogueError when a file cannot be read, or differs from English in its keys or its placeholders
 */
export function readCatalogues(directory: string): ReadonlyMap<Language, Catalogue> {
  const problems: string[] = [];
  const catalogues = new Map<Language, Catalogue>();
  const files = readdirSync(directory).filter((file) => file.endsWith('.json'));
  for (const file of files) {
    try {
      const language = languageOfFile(file);
      catalogues.set(language, readCatalogue(path.join(directory, file)));
    } catch (error) {
      const { message } = error as Error;
      problems.push(`${file}: ${message.replace(/\s+/g, ' ')}`); // the parser quotes lines of the file
    }
  }
  const expected = catalogues.get(DEFAULT_LANGUAGE);
  if (!expected) problems.push(`${DEFAULT_LANGUAGE}.json is missing or cannot be read`);
  else {
    for (const [language, catalogue] of catalogues) {
      problems.push(...differences(expected, catalogue).map((problem) => `${language}.json: ${problem}`));
    }
  }
  if (problems.length > 0) throw new CatalogueError(problems);
  return catalogues;
}

function languageOfFile(file: string): Language {
  const tag = path.basename(file, '.json');
  const [canonical] = Intl.getCanonicalLocales(tag);
  if (canonical !== tag) throw new Error(`must be named ${canonical}.json`);
  return tag;
}

function readCatalogue(file: string): Catalogue {
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw new Error('must be an object of keys and sentences');
  const entries = Object.entries(content);
  const wrong = entries.find(([, sentence]) => typeof sentence !== 'string');
  if (wrong) throw new Error(`"${wrong[0]}" must be a string`);
  return new Map(entries);
}

function differences(expected: Catalogue, catalogue: Catalogue): string[] {
  const missing = [...expected.keys()].filter((key) => !catalogue.has(key));
  const unknown = [...catalogue.keys()].filter((key) => !expected.has(key));
  const differing = [...catalogue].filter(
    ([key, sentence]) =>
      expected.has(key) && placeholdersIn(sentence) !== placeholdersIn(expected.get(key) ?? ''),
  );
  return [
    ...missing.map((key) => `"${key}" is missing`),
    ...unknown.map((key) => `"${key}" is not a key of ${DEFAULT_LANGUAGE}.json`),
    ...differing.map(([key]) => `"${key}" must have the same placeholders as in ${DEFAULT_LANGUAGE}.json`),
  ];
}

function placeholdersIn(sentence: string): string {
  return (sentence.match(/\{\w+\}/g) ?? []).sort().join();
}
