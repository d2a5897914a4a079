import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { LIMITS } from '../../limits.ts';

/** @param what the unit of the limit, in the plural: `root fields` */
export function limitError(limit: number, what: string): GraphQLError {
  return new GraphQLError(tooLarge(limit, what), { extensions: { limit, http: { status: 400 } } });
}

const tooLarge = (limit: number, what: string) => `The operation is too large: at most ${limit} ${what}.`;

/** An error about a limit, with the code LIMIT_EXCEEDED; `null` for any other error. */
export function asLimitError(formatted: GraphQLFormattedError): GraphQLFormattedError | null {
  const { message, extensions } = formatted;
  // Apollo Server gives every error of validation its own code; graphql-js marks its limit on tokens by words alone.
  const isOurs = typeof extensions?.limit === 'number';
  if (!isOurs && !/Document contains more tha[nt] \d+ tokens/.test(message)) return null;
  const limit = isOurs ? extensions.limit : LIMITS.documentTokens;
  return {
    ...formatted,
    message: isOurs ? message : tooLarge(LIMITS.documentTokens, 'lexical tokens'),
    extensions: { code: 'LIMIT_EXCEEDED', limit },
  };
}
