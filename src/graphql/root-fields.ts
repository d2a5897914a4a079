import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import { type ClassType, createUnionType, Mutation } from 'type-graphql';
import { LtsFailed, type LtsFailure } from '../lts/failure.ts';
import type { GatewayContext } from './context.ts';
import { sentenceOf } from './errors/localized-message.ts';
import { LtsError } from './errors/lts-error.ts';
import { InvalidArguments } from './validation.ts';

/** Arguments of a root field, before they are checked by rules. */
export interface RootFieldArguments {
  readonly [name: string]: unknown;
  readonly input?: Readonly<Record<string, unknown>> | null;
}

type Resolver = GraphQLFieldResolver<unknown, GatewayContext, RootFieldArguments>;

/**
 * Declares a mutation: its result is the nullable union of `Success` and `LtsError`.
 *
 * @param Success object type of the result when all went well
 */
export function LtsMutation<T extends object>(Success: ClassType<T>, options: { description: string }) {
  return (
    target: object,
    mutation: string,
    descriptor: TypedPropertyDescriptor<(...args: never[]) => Promise<T>>,
  ): void => {
    const Result = createUnionType({
      name: `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Result`,
      description: `Outcome of \`${mutation}\`. May gain members; every failure member implements \`DisplayableError\`.`,
      types: () => [Success, LtsError] as const,
    });
    const { description } = options;
    Mutation(() => Result, { nullable: true, description })(target, mutation, descriptor);
  };
}

/**
 * Has each query and mutation deal with failures of LTS: a mutation returns an `LtsError` and is logged as an `audit`
 * line; a query throws. Not by a global middleware of TypeGraphQL, which would run around every field.
 */
export function handleFailures(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) {
    if (field.resolve) field.resolve = query(field.resolve);
  }
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    if (field.resolve) field.resolve = mutation(field.resolve);
  }
  return schema;
}

function query(resolve: Resolver): Resolver {
  return async (source, args, context, info) => {
    try {
      return await resolve(source, args, context, info);
    } catch (error) {
      throw error instanceof LtsFailed ? new LtsFailed(withValueAtFault(error.failure, args)) : error;
    }
  };
}

function mutation(resolve: Resolver): Resolver {
  return async (source, args, context, info) => {
    try {
      const result = await resolve(source, args, context, info);
      audit({ mutation: info.fieldName, ...targetOf(args) }, context);
      return result;
    } catch (error) {
      // Arguments that break a rule can be anything, and nothing was attempted with them.
      const target = error instanceof InvalidArguments ? {} : targetOf(args);
      audit({ mutation: info.fieldName, ...target }, context, error);
      if (!(error instanceof LtsFailed)) throw error;
      const failure = withValueAtFault(error.failure, args);
      context.summary.failure ??= { code: failure.code, kind: failure.kind };
      return new LtsError(failure, context, args);
    }
  };
}

/**
 * Logs who did what to what, and what came of it.
 *
 * @param what `mutation` or `read` with the name of the field, and the IDs and names that it is about
 * @param error what it failed with; none is a success
 */
export function audit(what: object, { caller, log }: GatewayContext, error?: unknown): void {
  const failure = error instanceof LtsFailed ? error.failure.code : 'INTERNAL_SERVER_ERROR';
  const outcome = error === undefined ? 'OK' : failure;
  log.info({ tokenHash: caller.tokenHashPrefix, ...what, outcome }, 'audit');
}

/** The value that an error code of LTS is about: its path from the arguments. */
const VALUE_AT_FAULT: ReadonlyMap<string, readonly string[]> = new Map([
  ['LTS.0101', ['input', 'name']],
  ['LTS.0106', ['input', 'ttlInDays']],
  ['LTS.0201', ['groupId']],
  ['LTS.0205', ['input', 'name']],
  ['LTS.0208', ['streamId']],
]);

/** The failure with the value at fault, where LTS's code names it and it was given. */
function withValueAtFault(failure: LtsFailure, args: RootFieldArguments): LtsFailure {
  const path = VALUE_AT_FAULT.get(failure.code);
  if (path === undefined || failure.inputErrors.length > 0) return failure;
  const [name = '', field] = path;
  const given = field === undefined ? args[name] : args.input?.[field];
  if (given === undefined || given === null) return failure;
  return { ...failure, inputErrors: [{ path, sentences: [sentenceOf(failure)] }] };
}

/** Every string in the arguments and the input whose name is `id` or ends in `Id`, and the name of what is created. */
function targetOf({ input, ...others }: RootFieldArguments): object {
  const values = { ...input, ...others, newName: input?.name };
  return Object.fromEntries(
    Object.entries(values).filter(
      ([name, value]) => typeof value === 'string' && /^(id|newName)$|Id$/.test(name),
    ),
  );
}
