/** How large one request may be: more than apps send, and far less than would harm others. */
export const LIMITS = {
  /** Body of a request, in bytes. */
  bodyBytes: 100 * 1024,
  /** All headers of a request together, in bytes. */
  headerBytes: 32 * 1024,
  /** Time for a request to arrive, in milliseconds. */
  requestMs: 30_000,
  /** A token, in bytes; those of IAM have 1,000 to 10,000. */
  tokenBytes: 16 * 1024,
  /** The `Accept` header, in characters: parsing it takes time in proportion to the square of its commas. */
  acceptCharacters: 1_000,
  /** The `Accept-Language` header, in characters; of a longer one nothing is read. Browsers send up to about 100. */
  acceptLanguageCharacters: 300,
  /** Lexical tokens of a document. */
  documentTokens: 1_000,
  /** Levels of nested selections, introspection aside. */
  depth: 8,
  aliases: 15,
  /** Fields of the operation itself: each can be a call to LTS. */
  rootFields: 10,
  directives: 50,
  /** Fields and fragments of all operations of a document, each fragment counted wherever it is spread. */
  selections: 1_000,
  /** Fields with the name and place of another: graphql-js compares each with each. */
  repeatedFields: 100,
  nameCharacters: 128,
  /** All strings, numbers and enum values written in a document. */
  valueCharacters: 10_000,
  /** Problems reported in one response: of a document, of variables, or of arguments. */
  problems: 50,
  /** Items of one list in the variables. */
  listItems: 100,
  /** Memory for parsed and validated documents, in bytes; the least recently used are removed first. */
  documentsBytes: 16 * 1024 * 1024,
  /** Memory for the code of compiled operations, in bytes; likewise. */
  compiledOperationsBytes: 16 * 1024 * 1024,
  /** Memory for the texts of automatic persisted queries, in bytes; likewise. */
  persistedQueriesBytes: 4 * 1024 * 1024,
} as const;
