import { getHeapStatistics } from 'node:v8';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Limit of the heap, in bytes: of `--max-old-space-size`, else what Node.js takes from the machine or container. */
const HEAP_BYTES = getHeapStatistics().heap_size_limit;

/**
 * How much there is for all callers together. What they hold is in the heap, so that a small container has less of it. One
 * address gets half, if nobody else wants any: see `shares.ts`.
 */
export const TOTALS = {
  /** Open connections. */
  connections: Math.min(10_000, Math.floor(HEAP_BYTES / (32 * KIB))),
  /**
   * Bytes of requests, from their first byte until they are answered; a quarter more for connections that are not counted.
   * In the heap they take up to three times as much.
   */
  requestBytes: Math.min(64 * MIB, Math.floor(HEAP_BYTES / 16)),
  /** Requests that have arrived and are not answered. One core answers 3,000 a second or more. */
  requestsInFlight: 640,
  /** Calls to LTS that are not answered. */
  callsInFlight: 640,
  /** Bytes of answers: replies of LTS that are read, responses that are made of them, and what callers have not taken. */
  answerBytes: Math.min(128 * MIB, Math.floor(HEAP_BYTES / 8)),
} as const;

/** How large one request may be: more than apps send, and far less than would harm others. */
export const LIMITS = {
  /** Body of a request, in bytes. */
  bodyBytes: 100 * 1024,
  /** All headers of a request together, in bytes. */
  headerBytes: 32 * 1024,
  /** Headers of a request: browsers and proxies send some 30. */
  headers: 100,
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
  /** Reads of the content of log streams in one operation: LTS allows few a minute, in some editions ten. */
  contentReads: 5,
  /** Problems reported in one response: of a document, of variables, or of arguments. */
  problems: 50,
  /** Items of one list in the variables. */
  listItems: 100,
  /** One response, in bytes, by an estimate that is made before it is built. */
  responseBytes: Math.min(32 * MIB, Math.floor(HEAP_BYTES / 32)),
  /** Values in one reply of LTS: parsed, one takes up to some 150 bytes. */
  replyValues: Math.min(4_000_000, Math.floor(HEAP_BYTES / 512)),
  /** Memory for parsed and validated documents, in bytes; the least recently used are removed first. */
  documentsBytes: Math.min(16 * MIB, Math.floor(HEAP_BYTES / 32)),
  /** Memory for the texts of automatic persisted queries, in bytes; likewise. */
  persistedQueriesBytes: Math.min(4 * MIB, Math.floor(HEAP_BYTES / 128)),
  /** Tokens, and addresses, that the rate limit counts in memory at the same time: some 300 bytes each. */
  countedCallers: Math.min(100_000, Math.floor(HEAP_BYTES / 8_192)),
} as const;
