import { GraphQLError, type GraphQLFormattedError } from 'graphql';

/** How much one request may be. Beyond what apps send, well below what would hurt. */
export const LIMITS = {
  /** Size of a request's body, in bytes. */
  bodyBytes: 100 * 1024,
  /** Size of a request's headers together, in bytes. */
  headerBytes: 32 * 1024,
  /** Time for a request to arrive whole, in milliseconds. */
  requestMs: 30_000,
  /** Size of a token, in bytes; those of IAM have 1,000 to 10,000. */
  tokenBytes: 16 * 1024,
  /** Lexical tokens of a document. */
  documentTokens: 1_000,
  /** Levels of nested selections; introspection aside. */
  depth: 8,
  aliases: 15,
  /** Fields of the operation itself: each can be a call to LTS. */
  rootFields: 10,
  directives: 50,
  /** Fields and fragments of all operations of a document together, each fragment counted wherever it is spread. */
  selections: 1_000,
  /** Fields with the name and place of another: graphql-js compares each with each. */
  repeatedFields: 100,
  nameCharacters: 128,
  /** Strings, numbers and enum values written in a document, together. */
  valueCharacters: 10_000,
  /** Problems reported in one response, of a document, of variables, or of arguments. */
  problems: 50,
  /** Items of one list in the variables. */
  listItems: 100,
  /** Memory for documents that have been parsed and validated, in bytes; those asked for longest ago go first. */
  documentsBytes: 16 * 1024 * 1024,
  /** Memory for the texts of automatic persisted queries, in bytes, likewise. */
  persistedQueriesBytes: 4 * 1024 * 1024,
} as const;

/** For whatever exceeds a limit of a GraphQL request. */
export function limitError(n: number, what: string): GraphQLError {
  return new GraphQLError(tooLarge(n, what), { extensions: { limit: n, http: { status: 400 } } });
}

const tooLarge = (n: number, what: string) => `The operation is too large: at most ${n} ${what}.`;

/** An error that says that a limit is exceeded, as callers see it; `null` for any other. */
export function asLimitError(formatted: GraphQLFormattedError): GraphQLFormattedError | null {
  const { message, extensions } = formatted;
  // Apollo Server gives what validation finds a code of its own; graphql-js has words but no mark for tokens.
  const isOfRule = typeof extensions?.limit === 'number';
  if (!isOfRule && !/Document contains more tha[nt] \d+ tokens/.test(message)) return null;
  const limit = isOfRule ? extensions.limit : LIMITS.documentTokens;
  return {
    ...formatted,
    message: isOfRule ? message : tooLarge(LIMITS.documentTokens, 'lexical tokens'),
    extensions: { code: 'LIMIT_EXCEEDED', limit },
  };
}
