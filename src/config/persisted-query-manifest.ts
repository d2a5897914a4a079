import { readFileSync } from 'node:fs';

/** Text of each operation that may run, by its ID. */
export type TrustedDocuments = ReadonlyMap<string, string>;

const FORMAT = 'apollo-persisted-query-manifest';

/**
 * Reads a persisted query manifest, as Apollo's tools for web, Kotlin and iOS write it.
 *
 * @throws TypeError with a sentence for the person who set the path
 */
export function readManifest(path: string): TrustedDocuments {
  const manifest = parse(readText(path));
  if (manifest?.format !== FORMAT || manifest.version !== 1) {
    throw new TypeError(`${path} is not a manifest of the format "${FORMAT}", version 1`);
  }
  const documents = new Map<string, string>();
  const { operations } = manifest;
  for (const operation of Array.isArray(operations) ? operations : []) {
    const { id, body }: Operation = operation ?? {};
    if (typeof id !== 'string' || typeof body !== 'string') {
      throw new TypeError(`${path} has an operation without id or body`);
    }
    if ((documents.get(id) ?? body) !== body)
      throw new TypeError(`${path} has two operations with the ID ${id}`);
    documents.set(id, body);
  }
  if (documents.size === 0) throw new TypeError(`${path} has no operations, so no request could be answered`);
  return documents;
}

interface Manifest {
  format?: unknown;
  version?: unknown;
  operations?: unknown;
}

interface Operation {
  id?: unknown;
  body?: unknown;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new TypeError(`cannot be read: ${(error as Error).message}`);
  }
}

function parse(text: string): Manifest | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
