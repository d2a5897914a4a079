import {
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isNullableType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { LIMITS } from '../limits.ts';
import { overloaded, ownFailure } from '../lts/failure.ts';
import type { GatewayContext } from './context.ts';
import { limitError } from './errors/format-error.ts';

/** After so many bytes, a response is made further in another turn of its caller's. */
const LONG_BYTES = 64 * 1024;
/** Fields of a response that are made in one turn: some 50 ms of work. */
const FIELDS_IN_TURN = 50_000;
/** A longer list is made in one turn: each item of others takes up to 1 kB more. LTS's quotas allow 10,000 items. */
const MAX_ITEMS_IN_TURNS = 20_000;
/** Braces of an object, or brackets of a list, with its comma. */
const ENCLOSING_BYTES = 3;
/** Quotes, colon and comma of a field. */
const FIELD_BYTES = 4;
/** A number, a boolean, a date or `null`: at most. */
const SCALAR_BYTES = 28;

/**
 * Has the size of what a field returns measured before graphql-js makes a response of it, for all fields that read
 * something, which are nullable: a short document with many aliases can make hundreds of megabytes of one list.
 */
export function limitResponseSize(schema: GraphQLSchema): GraphQLSchema {
  const mutation = schema.getMutationType();
  for (const type of Object.values(schema.getTypeMap())) {
    // The result of a mutation is small, and must be told: what was written is written.
    if (!isObjectType(type) || type === mutation || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      if (!field.resolve || !isNullableType(field.type)) continue;
      if (isCompositeType(getNamedType(field.type))) field.resolve = measured(field.resolve);
    }
  }
  return schema;
}

function measured(
  resolve: GraphQLFieldResolver<unknown, GatewayContext>,
): GraphQLFieldResolver<unknown, GatewayContext> {
  return async (source, args, context, info) => {
    const value = await resolve(source, args, context, info);
    const { bytes, fields, fieldsOfItems } = estimate(
      value,
      info,
      LIMITS.responseBytes - context.responseBytes,
    );
    const before = context.responseBytes;
    context.responseBytes += bytes;
    const refusal = refusalOf(bytes, context);
    // Without an error, as where it cannot be read: clients would by default throw away that the write took effect.
    if (refusal && info.operation.operation === 'mutation') return null;
    if (refusal) throw refusal;
    const isLong = Math.floor(before / LONG_BYTES) < Math.floor(context.responseBytes / LONG_BYTES);
    const { length } = fieldsOfItems;
    if (isLong && Array.isArray(value) && fields > FIELDS_IN_TURN && length <= MAX_ITEMS_IN_TURNS) {
      // As promises, so that graphql-js makes some of the items in each turn, instead of all at once.
      return value.map((item, index) =>
        turnFor(fieldsOfItems[index] ?? 0, index === 0, context).then(() => item),
      );
    }
    await turnFor(fields, isLong, context);
    return value;
  };
}

/**
 * Resolves when so many more fields may be made. Most responses never wait; a long one waits for a turn of its caller's every
 * 64 KiB, and for another turn after every 50,000 fields.
 */
function turnFor(fields: number, isLong: boolean, context: GatewayContext): Promise<void> {
  context.fieldsInTurn += fields;
  const isUsedUp = context.fieldsInTurn > FIELDS_IN_TURN;
  if (isUsedUp) context.fieldsInTurn = fields;
  if (isLong || isUsedUp) {
    context.turn = context.turn.then(async () => {
      await context.waitForTurn(isUsedUp ? 'another' : 'long');
      if (context.signal.aborted) throw ownFailure('GATEWAY.CANCELLED');
    });
  }
  return context.turn;
}

/** Why so much more cannot be in the response. */
function refusalOf(bytes: number, context: GatewayContext): Error | null {
  if (context.responseBytes > LIMITS.responseBytes) {
    const what = 'bytes in the response; select fewer fields, each of them once, or fewer lists';
    return limitError(LIMITS.responseBytes, what, false);
  }
  if (context.memory.grow(bytes)) return null;
  context.summary.refusal = 'answer_bytes';
  const message = 'Too many large responses are being sent at the moment. Try again shortly.';
  return overloaded('answer_bytes', { message });
}

/** The fields that a document selects of one object, with those of all aliases of a field taken together. */
interface Selected {
  /** How often objects of this kind are written. */
  times: number;
  readonly fields: Map<string, { times: number; nameBytes: number; selected: Selected | null }>;
}

/**
 * The size of a value as JSON, in bytes and in fields, with what is selected of it. Takes time in proportion to the value
 * and to the document, not to their product: each object is visited once, however many aliases there are.
 *
 * @returns more bytes than `limit` as soon as that is exceeded; the fields of each item, where the value is a list
 */
export function estimate(
  value: unknown,
  { fieldNodes, fragments }: GraphQLResolveInfo,
  limit: number,
): { readonly bytes: number; readonly fields: number; readonly fieldsOfItems: readonly number[] } {
  const selected: Selected = { times: 0, fields: new Map() };
  const collect = (set: SelectionSetNode, into: Selected) => {
    for (const node of set.selections) {
      if (node.kind === Kind.FIELD) {
        const name = node.name.value;
        const field = into.fields.get(name) ?? { times: 0, nameBytes: 0, selected: null };
        into.fields.set(name, field);
        field.times += 1;
        field.nameBytes += (node.alias ?? node.name).value.length + FIELD_BYTES;
        if (node.selectionSet) {
          field.selected ??= { times: 0, fields: new Map() };
          field.selected.times += 1;
          collect(node.selectionSet, field.selected);
        }
      } else {
        const inner = node.kind === Kind.INLINE_FRAGMENT ? node : fragments[node.name.value];
        if (inner) collect(inner.selectionSet, into);
      }
    }
  };
  for (const { selectionSet } of fieldNodes) {
    selected.times += 1;
    if (selectionSet) collect(selectionSet, selected);
  }

  let bytes = 0;
  let fields = 0;
  const add = (item: unknown, of: Selected) => {
    if (bytes > limit || item === null || item === undefined) return;
    bytes += of.times * ENCLOSING_BYTES;
    if (Array.isArray(item)) {
      for (const one of item) add(one, of);
      return;
    }
    for (const [name, field] of of.fields) {
      const part = (item as Record<string, unknown>)[name];
      fields += field.times;
      bytes += field.nameBytes;
      if (field.selected && typeof part === 'object') add(part, field.selected);
      else bytes += field.times * (typeof part === 'string' ? textBytes(part) : SCALAR_BYTES);
    }
  };
  const fieldsOfItems: number[] = [];
  for (const item of Array.isArray(value) ? value : [value]) {
    const before = fields;
    add(item, selected);
    fieldsOfItems.push(fields - before);
  }
  return { bytes: bytes + selected.times * ENCLOSING_BYTES, fields, fieldsOfItems };
}

/** With its quotes; control characters are six bytes each as JSON. */
function textBytes(text: string): number {
  return 2 + (text.length > 100 ? Buffer.byteLength(JSON.stringify(text)) : Buffer.byteLength(text));
}
