import {
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
} from 'graphql';
import { LIMITS } from '../limits.ts';
import type { GatewayContext } from './context.ts';
import { limitError } from './errors/format-error.ts';
import type { Log } from './log/log.ts';
import { idsOf } from './log/log-connection.ts';
import type { LogStream } from './log-stream/log-stream.ts';
import { audit } from './root-fields.ts';
import { selectsField } from './selects-field.ts';

/** Fields that read the content of a log stream, each with one call to LTS. */
const CONTENT_FIELDS: Readonly<Record<string, readonly string[]>> = {
  LogStream: ['logs', 'logHistogram', 'logContext'],
  Log: ['context'],
};

type Resolver = GraphQLFieldResolver<unknown, GatewayContext>;

/**
 * LTS allows few reads of logs a minute, for all users of a log stream together. So they are limited in one operation, and
 * refused in lists before anything is read. An operator can have each of them audited.
 */
export function limitContentReads(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const resolve = field.resolve as Resolver | undefined;
      if (!resolve) continue;
      const { name } = getNamedType(field.type);
      if (CONTENT_FIELDS[type.name]?.includes(field.name)) field.resolve = contentRead(resolve);
      else if (name === 'LogStream' && isListType(getNullableType(field.type)))
        field.resolve = withoutContent(resolve);
    }
  }
  return schema;
}

function withoutContent(resolve: Resolver): Resolver {
  return (source, args, context, info) => {
    const name = CONTENT_FIELDS.LogStream?.find((field) => selectsField(info, field));
    // In a mutation it is `null` anyway.
    if (name === undefined || isMutation(info)) return resolve(source, args, context, info);
    const message = `\`${name}\` is read of one log stream at a time: select it in \`logStream\` or \`logStreamByName\`, not in a list.`;
    return refuse(oneAtATime(message), context);
  };
}

/** Throws the first error of an operation: the same for each log of a list would be a long response of nothing else. */
function refuse(error: GraphQLError, context: GatewayContext): null {
  if (context.hasRefusedContent) return null;
  context.hasRefusedContent = true;
  throw error;
}

/** With LIMIT_EXCEEDED as its code. */
const oneAtATime = (message: string) => new GraphQLError(message, { extensions: { limit: 1 } });

const isMutation = ({ operation }: GraphQLResolveInfo) => operation.operation === 'mutation';

/** Whether `context` is selected in what may be more than one log. */
function selectsContextOfMany(args: Record<string, unknown>, info: GraphQLResolveInfo): boolean {
  if (info.fieldName === 'logs') return args.first !== 1 && selectsField(info, 'edges', 'node', 'context');
  return selectsField(info, 'context');
}

function contentRead(resolve: Resolver): Resolver {
  return async (source, args, context, info) => {
    // An error would have clients throw away that the write took effect.
    if (isMutation(info)) return null;
    if (selectsContextOfMany(args, info)) {
      const message =
        '`context` is read of one log at a time: ask for it with `first: 1`, or for `logContext` of the log stream.';
      return refuse(oneAtATime(message), context);
    }
    if (context.contentReadsLeft === 0)
      return refuse(limitError(LIMITS.contentReads, 'reads of the content of log streams', false), context);
    context.contentReadsLeft -= 1;
    const what = { read: info.fieldName, ...targetOf(source) };
    try {
      const result = await resolve(source, args, context, info);
      if (context.auditReads) audit(what, context);
      return result;
    } catch (error) {
      if (context.auditReads) audit(what, context, error);
      throw error;
    }
  };
}

/** What an audit line says of a read: never the content, or what was searched for. */
function targetOf(source: unknown): object {
  return source instanceof Object && 'ids' in source ? (source as Log).ids : idsOf(source as LogStream);
}
