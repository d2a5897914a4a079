import { setImmediate as nextIteration } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  buildSchema,
  execute,
  executeSync,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  parse,
} from 'graphql';
import { estimate, limitResponseSize } from '../../src/graphql/response-size.ts';
import { LIMITS } from '../../src/limits.ts';
import { CASES_FACTOR } from '../support/cases.ts';
import { listedStream, replyWith } from '../support/scripted-server.ts';
import { useGateway } from '../support/use-gateways.ts';

const { gateway, scripted } = useGateway({ ltsMaxReplyBytes: 64 * 1024 * 1024 });

const streams = (count: number, tags: number, name = (index: number) => `stream ${index} "ü" 流`) => {
  const tag = Object.fromEntries(Array.from({ length: tags }, (_, key) => [`key-${key}`, `value ${key}`]));
  const stream = (_: unknown, index: number) =>
    listedStream({ log_stream_id: `id-${index}`, log_stream_name: name(index), tag });
  return replyWith(200, { log_streams: Array.from({ length: count }, stream) });
};

describe('a response that would be too large', () => {
  const alias = (index: number) => `${'a'.repeat(120)}${index}`;
  const aliases = Array.from({ length: 14 }, (_, index) => `${alias(index)}: tags { key value }`).join(' ');

  test('is refused before it is made, with a sentence that says why', async () => {
    scripted.answer = streams(3_000, 20);
    const { status, data, errors } = await gateway.send(
      `{ logStreams(projectId: "p", groupId: "g") { id ${aliases} } }`,
    );
    expect(status).toBe(200);
    expect(data).toEqual({ logStreams: null });
    const message = `The operation is too large: at most ${LIMITS.responseBytes} bytes in the response; select fewer fields, each of them once, or fewer lists.`;
    const localizedMessage = expect.any(String);
    const extensions = { code: 'LIMIT_EXCEEDED', limit: LIMITS.responseBytes, localizedMessage };
    expect(errors).toMatchObject([{ message, path: ['logStreams'], extensions }]);
  });

  test('is refused where several fields make it so together, for those that are too much', async () => {
    // Long names, several times: a response of so many bytes in short fields would take seconds.
    const name = 'n'.repeat(0.0009 * LIMITS.responseBytes);
    scripted.answer = streams(100, 0, () => name);
    const names = 'name n1: name n2: name n3: name n4: name n5: name n6: name';
    const fields = ['one', 'two'].map(
      (field) => `${field}: logStreams(projectId: "p", groupId: "${field}") { ${names} }`,
    );
    const { data, errors } = await gateway.send(`{ ${fields.join('\n')} }`, {});
    expect(Object.values(data).filter((value) => value === null)).toHaveLength(1);
    expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }]);
  });
});

test.each([
  ['one list', `{ items { ${[...'abcdefghij'].map((alias) => `${alias}: name`)} } }`, 12_000],
  ['many lists', '{ groups { items { name } } }', 120],
])(
  '%s of 120,000 fields is made in many turns, and no more of it when the caller has gone',
  async (_, query, length) => {
    let resolved = 0;
    const name = () => {
      resolved += 1;
      return 'n'.repeat(20);
    };
    const items = Array.from({ length }, () => ({ name }));
    const schema = buildSchema(
      'type Query { items: [Item] groups: [Group] } type Group { items: [Item] } type Item { name: String }',
    );
    const resolveWith = (type: string, field: string, value: object[]) => {
      const found = (schema.getType(type) as GraphQLObjectType).getFields()[field];
      if (found) found.resolve = () => value;
    };
    resolveWith('Query', 'items', items);
    resolveWith('Group', 'items', items);
    resolveWith('Query', 'groups', Array(1_000).fill({}));
    limitResponseSize(schema);

    const caller = new AbortController();
    const run = async () => {
      const before: number[] = [];
      resolved = 0;
      const contextValue = {
        responseBytes: 0,
        fieldsInTurn: 0,
        turn: Promise.resolve(),
        memory: { grow: () => true },
        signal: caller.signal,
        async waitForTurn(kind: string) {
          if (kind === 'long' && before.length > 0) return;
          await nextIteration();
          before.push(resolved);
        },
      };
      const result = await execute({ schema, document: parse(query), contextValue });
      return {
        ...result,
        inTurns: [...before, resolved].map((count, index) => count - (before[index - 1] ?? 0)),
      };
    };
    const { errors, inTurns } = await run();
    expect(errors).toBeUndefined();
    expect(resolved).toBe(120_000);
    expect(Math.max(...inTurns)).toBeLessThanOrEqual(60_000);

    caller.abort();
    expect((await run()).errors).not.toHaveLength(0);
    expect(resolved).toBeLessThanOrEqual(60_000);
  },
);

test('the estimate is at least the size of the response, and at most four times that', () => {
  const schema = buildSchema(`
    type Query { items: [Item] }
    type Item { id: ID name: String days: Int tags: [Tag] }
    type Tag { key: String value: String }
  `);
  const aliased = (field: fc.Arbitrary<string>) =>
    fc
      .tuple(fc.option(fc.stringMatching(/^[a-z]{1,60}$/)), field)
      .map(([alias, of]) => (alias === null ? of : `${alias}${of[0]}: ${of}`));
  const tags = fc
    .array(aliased(fc.constantFrom('key', 'value')), { minLength: 1, maxLength: 4 })
    .map((fields) => `tags { ${fields.join(' ')} }`);
  const document = fc
    .tuple(
      fc.array(aliased(fc.constantFrom('id', 'name', 'days')), { minLength: 1, maxLength: 6 }),
      fc.array(aliased(tags), { maxLength: 5 }),
    )
    .map(
      ([scalars, lists]) =>
        `{ items { ${scalars.join(' ')} ...Rest } } fragment Rest on Item { ...on Item { ${lists.join(' ')} __typename } }`,
    );
  const text = fc
    .string({ unit: 'grapheme', maxLength: 40 })
    .filter((one) => JSON.stringify(one).length < 2 * one.length + 3);
  const item = fc.record({
    id: text,
    name: fc.option(text),
    days: fc.integer(),
    tags: fc.option(fc.array(fc.record({ key: text, value: text }), { maxLength: 5 })),
  });
  fc.assert(
    fc.property(document, fc.array(item, { maxLength: 30 }), (source, items) => {
      let estimated = 0;
      const resolve = (_args: unknown, _context: unknown, info: GraphQLResolveInfo) => {
        estimated = estimate(items, info, Number.POSITIVE_INFINITY).bytes;
        return items;
      };
      const { data } = executeSync({ schema, document: parse(source), rootValue: { items: resolve } });
      const bytes = Buffer.byteLength(JSON.stringify(data?.items));
      expect(estimated).toBeGreaterThanOrEqual(bytes);
      expect(estimated).toBeLessThanOrEqual(4 * bytes + 100);
    }),
    { numRuns: 200 * CASES_FACTOR },
  );
});
