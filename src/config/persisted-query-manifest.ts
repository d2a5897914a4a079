import { readFileSync } from 'node:fs';

/** Text of each operation that may run, by its ID. */
export type TrustedDocuments = ReadonlyMap<string, string>;

const FORMAT = 'apollo-persisted-query-manifest';

/**
 * Reads a persisted query manifest, as Apollo's tools for web, Kotlin and iOS write it, or a `persisted-documents.json`
 * of GraphQL Code Generator. An ID is what the file says: it need not be the SHA-256 of the text.
 *
 * @throws TypeError with a sentence for the person who set the path
 */
export function readManifest(path: string): TrustedDocuments {
  const content = parse(path, readText(path));
  if (content === null || typeof content !== 'object' || Array.isArray(content)) throw unknownFormat(path);
  const documents =
    'format' in content ? readApollo(path, content) : readCodeGenerator(path, Object.entries(content));
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

/** `{ "format": …, "version": 1, "operations": [{ "id": …, "body": … }] }` */
function readApollo(path: string, { format, version, operations }: Manifest): TrustedDocuments {
  if (format !== FORMAT || version !== 1) {
    throw new TypeError(`${path} is not a manifest of the format "${FORMAT}", version 1`);
  }
  const documents = new Map<string, string>();
  for (const operation of Array.isArray(operations) ? operations : []) {
    const { id, body }: Operation = operation ?? {};
    if (typeof id !== 'string' || typeof body !== 'string') {
      throw new TypeError(`${path} has an operation without id or body`);
    }
    if ((documents.get(id) ?? body) !== body)
      throw new TypeError(`${path} has two operations with the ID ${id}`);
    documents.set(id, body);
  }
  return documents;
}

/** `{ "<ID>": "<text>" }` */
function readCodeGenerator(path: string, entries: [string, unknown][]): TrustedDocuments {
  const documents = new Map<string, string>();
  for (const [id, body] of entries) {
    if (typeof body !== 'string') throw unknownFormat(path);
    documents.set(id, body);
  }
  return documents;
}

function unknownFormat(path: string): TypeError {
  return new TypeError(
    `${path} is neither a manifest of the format "${FORMAT}" nor one of texts by their IDs, as GraphQL Code Generator writes it`,
  );
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new TypeError(`cannot be read: ${(error as Error).message}`);
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TypeError(`${path} is not JSON`);
  }
}
