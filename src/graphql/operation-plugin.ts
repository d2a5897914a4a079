import type { ApolloServerPlugin, GraphQLRequest } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import { SpanKind, trace } from '@opentelemetry/api';
import { GraphQLError, type GraphQLFormattedError, type OperationDefinitionNode } from 'graphql';
import { LIMITS } from '../limits.ts';
import { LtsFailed } from '../lts/failure.ts';
import type { Caller } from '../request-context.ts';
import { endSpan, startSpan } from '../telemetry/traces.ts';
import type { GatewayContext } from './context.ts';
import { isBug, localize } from './errors/format-error.ts';
import { shortened } from './errors/localized-message.ts';
import { checkVariables } from './variables.ts';

type Documents = ReadonlyMap<string, string>;

/**
 * What the gateway does around every operation: it decides which document is executed, checks the variables, notes the
 * operation and its failures in the request's summary and in a span, logs our own bugs, and finishes the response.
 *
 * @param trusted text of each trusted document, by ID; `null` for any document
 */
export function operationPlugin(trusted: Documents | null): ApolloServerPlugin<GatewayContext> {
  const trustedTexts = trusted && new Set(trusted.values());
  return {
    async requestDidStart({ request, contextValue }) {
      const { requestId, caller, language, summary, signal, log } = contextValue;
      const refusal = chooseDocument(request, caller, trusted, trustedTexts);
      return {
        async didResolveOperation({ schema, operation, operationName, request }) {
          // Here, after the validation: Apollo Server answers what the hooks before it throw with 500.
          if (refusal) throw refusal;
          if (!operation) return;
          const { operation: type } = operation;
          summary.operation = { name: operationName, type, rootField: rootFieldOf(operation) };
          checkVariables(schema, operation, request.variables ?? {});
        },
        async executionDidStart({ operation }) {
          if (!operation) return; // Apollo Server calls this also where the document has none of the requested name
          const attributes = {
            'graphql.operation.type': operation.operation,
            ...(summary.operation?.name && { 'graphql.operation.name': summary.operation.name }),
          };
          // Not named after the operation: callers choose its name.
          const span = startSpan({ caller, summary }, operation.operation, SpanKind.SERVER, attributes);
          summary.trace = trace.setSpan(summary.trace, span);
          return {
            async executionDidEnd() {
              endSpan(span, caller.withoutToken(summary.failure?.code));
            },
          };
        },
        async didEncounterErrors({ errors }) {
          for (const error of errors) {
            if (isBug(error)) log.error({ err: unwrapResolverError(error) }, 'the gateway itself failed');
            summary.failure ??= failureOf(error);
          }
        },
        async willSendResponse({ response: { body, http } }) {
          http.headers.set('cache-control', 'no-store'); // it depends on the caller's token
          http.headers.set('content-language', language);
          if (signal.aborted) {
            const outcome = summary.failure?.code ?? 'OK';
            log.info({ ...summary.operation, outcome }, 'ended after the caller had gone');
          }
          if (body.kind !== 'single' || !body.singleResult.errors) return;
          const { errors } = body.singleResult;
          // Before `formatError` it had no code, or not the one that the caller gets.
          if (summary.failure?.kind === 'GRAPHQL') summary.failure.code = String(errors[0]?.extensions?.code);
          const localized = errors.map((error) => localize(error, contextValue));
          body.singleResult.errors = caller.withoutToken(selectErrors(localized)).map((error) => ({
            ...error,
            message: shortened(error.message),
            extensions: { ...error.extensions, requestId },
          }));
        },
      };
    },
  };
}

/** Takes the place of a document that must not be parsed, kept, or repeated in an error. */
const EMPTY_DOCUMENT = '{ __typename }';

/**
 * Decides which document is executed. One with the caller's token in it is refused. With trusted documents only these are
 * executed, whether a request has the ID or the text. For an ID that is not listed Apollo Server answers
 * PERSISTED_QUERY_NOT_FOUND, and clients then send the text.
 *
 * @returns what a refused request is answered with
 */
function chooseDocument(
  request: GraphQLRequest,
  caller: Caller,
  trusted: Documents | null,
  texts: ReadonlySet<string> | null,
) {
  const { persistedQuery, ...extensions } = request.extensions ?? {};
  const refuse = (message: string, code: string) => {
    request.query = EMPTY_DOCUMENT;
    request.extensions = {};
    return new GraphQLError(message, { extensions: { code, http: { status: 400 } } });
  };
  if (caller.isTokenIn(request.query ?? '')) {
    return refuse('The document has the token in it: send the token in a header alone.', 'BAD_REQUEST');
  }
  const text = request.query || trusted?.get(persistedQuery?.sha256Hash);
  if (texts && text !== undefined) {
    if (!texts.has(text)) {
      return refuse('This operation is not one of those that the gateway runs.', 'QUERY_NOT_IN_SAFELIST');
    }
    request.extensions = extensions; // IDs of a list need not be the hashes that Apollo Server would check
    request.query = text;
  } else if (persistedQuery && typeof persistedQuery.sha256Hash !== 'string') {
    // Apollo Server would throw on a hash that is no string. An empty one is not found.
    request.extensions = { ...extensions, persistedQuery: { ...persistedQuery, sha256Hash: '' } };
  }
  return null;
}

function failureOf(error: GraphQLError): { code: string; kind: string } {
  const cause = unwrapResolverError(error);
  if (cause instanceof LtsFailed) return { code: cause.failure.code, kind: cause.failure.kind };
  return isBug(error)
    ? { code: 'INTERNAL_SERVER_ERROR', kind: 'INTERNAL_ERROR' }
    : { code: String(error.extensions.code), kind: 'GRAPHQL' };
}

/** From a closed set: the operation has been validated, so the schema has this field. */
function rootFieldOf({ selectionSet: { selections } }: OperationDefinitionNode): string {
  const names = new Set(selections.map((field) => (field.kind === 'Field' ? field.name.value : 'several')));
  const [only = 'several', ...others] = names;
  return others.length === 0 ? only : 'several';
}

/** All errors of fields: each explains a `null`. Of the errors in the request itself, the first ones. */
function selectErrors(errors: readonly GraphQLFormattedError[]): readonly GraphQLFormattedError[] {
  const limitError = errors.find(
    ({ extensions, path }) => extensions?.code === 'LIMIT_EXCEEDED' && path === undefined,
  );
  if (limitError) return [limitError];
  const ofRequest = errors.filter(({ path }) => path === undefined).slice(0, LIMITS.problems);
  return errors.filter((error) => error.path !== undefined || ofRequest.includes(error));
}
