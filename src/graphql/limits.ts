import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import {
  GraphQLError,
  type GraphQLFormattedError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';

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
  /** Documents kept for automatic persisted queries together, in bytes; those asked for longest ago go first. */
  persistedQueriesBytes: 4 * 1024 * 1024,
} as const;

/** The validation rules for what graphql-js has no option for. */
export const limitRules: ValidationRule[] = [
  maxDepthRule(reporting(LIMITS.depth, 'levels deep')) as ValidationRule,
  maxAliasesRule(reporting(LIMITS.aliases, 'aliases')) as ValidationRule,
  maxDirectivesRule(reporting(LIMITS.directives, 'directives')) as ValidationRule,
  maxRootFieldsRule,
];

/** Options of a rule of GraphQL Armor: report like any other rule instead of throwing. */
function reporting(n: number, what: string) {
  return {
    n,
    propagateOnRejection: false,
    onReject: [(context: ValidationContext | null) => context?.reportError(limitError(n, what))],
  };
}

function maxRootFieldsRule(context: ValidationContext) {
  return {
    OperationDefinition(operation: { selectionSet: SelectionSetNode }) {
      if (countFields(operation.selectionSet, context, new Set()) > LIMITS.rootFields) {
        context.reportError(limitError(LIMITS.rootFields, 'root fields'));
      }
    },
  };
}

function countFields(set: SelectionSetNode, context: ValidationContext, inside: ReadonlySet<string>): number {
  let count = 0;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) count += 1;
    if (selection.kind === Kind.INLINE_FRAGMENT)
      count += countFields(selection.selectionSet, context, inside);
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const name = selection.name.value;
      const fragment = context.getFragment(name);
      // A fragment that contains itself is refused by another rule.
      if (fragment && !inside.has(name)) {
        count += countFields(fragment.selectionSet, context, new Set([...inside, name]));
      }
    }
    if (count > LIMITS.rootFields) break;
  }
  return count;
}

function limitError(n: number, what: string): GraphQLError {
  return new GraphQLError(tooLarge(n, what), { extensions: { limit: n } });
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
