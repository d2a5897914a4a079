import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isInputObjectType,
  isLeafType,
} from 'graphql';
import { buildSchema } from '../../src/graphql/schema.ts';
import { exampleOf } from '../support/example-operations.ts';
import { UPDATE_LOG_STREAM } from '../support/operations.ts';
import { failWith, listedStream, listing, replyWith } from '../support/scripted-server.ts';
import { until } from '../support/until.ts';
import { useGateway } from '../support/use-gateways.ts';

type Field = GraphQLField<unknown, unknown>;

/** What holds for operations that are added later as well: these tests read them from the schema. */
const schema = buildSchema();
const MUTATIONS: Field[] = Object.values(schema.getMutationType()?.getFields() ?? {});
const QUERIES: Field[] = Object.values(schema.getQueryType()?.getFields() ?? {});
const OPERATIONS = [...MUTATIONS, ...QUERIES];

const { gateway, scripted } = useGateway();
beforeEach(() => {
  scripted.answer = failWith(403, 'LTS.9999', 'No.');
});
afterEach(() => {
  for (const { headers } of scripted.received)
    expect(headers['content-type']).toBe('application/json;charset=UTF-8');
});

test.each(OPERATIONS)(
  '$name reports a failure of LTS: a mutation as data, a query in errors',
  async (operation) => {
    expect(await failureOf(operation, 'some-id')).toEqual({ code: 'LTS.9999', inputErrors: [] });
  },
);

test.each(OPERATIONS)('$name refuses each ID that is no plain segment of a path', async (operation) => {
  const { code, inputErrors } = await failureOf(operation, '../x');
  expect(code).toBe('GATEWAY.INVALID_INPUT');
  const paths = inputErrors.map(({ path }) => path);
  expect(paths).toEqual(expect.arrayContaining(idsOf(operation)));
  expect(paths).toHaveLength(idsOf(operation).length);
  expect(scripted.received).toEqual([]);
});

test.each(QUERIES.filter(({ args }) => args.some(({ name }) => name === 'groupId')))(
  '$name names the ID of the log group when LTS has no such log group',
  async (query) => {
    scripted.answer = failWith(400, 'LTS.0201', 'The log group is not existed');
    const { inputErrors } = await failureOf(query, 'some-id');
    expect(inputErrors).toMatchObject([{ path: ['groupId'] }]);
  },
);

test.each(MUTATIONS)('$name is audited with each of its IDs', async (mutation) => {
  const requestId = `audit-${mutation.name}`;
  await failureOf(mutation, 'some-id', requestId);
  const auditLines = () => gateway.lines(requestId).filter(({ msg }) => msg === 'audit');
  await until(() => auditLines().length > 0);
  const ids = idsOf(mutation).map((path) => [path.at(-1) ?? '', 'some-id']);
  expect(ids).toContainEqual(['projectId', 'some-id']);
  const { name } = (variablesOf(mutation, 'some-id').input ?? {}) as { name?: string };
  expect(auditLines()).toEqual([
    expect.objectContaining({
      mutation: mutation.name,
      outcome: 'LTS.9999',
      tokenHash: expect.stringMatching(/^[\w-]{12}$/),
      ...Object.fromEntries(ids),
      ...(name && { newName: name }),
    }),
  ]);
});

test('an audit line has the IDs of a mutation that failed after its arguments were valid', async () => {
  const noRetention = listedStream({ ttl_in_days: undefined }); // an update of tags needs one
  scripted.answer = replyWith(200, listing([], [noRetention]));
  const ids = { projectId: 'p', groupId: 'g', streamId: 's' };
  const { code } = await gateway.resultOf(UPDATE_LOG_STREAM, { ...ids, input: { tags: [] } });
  expect(code).toBe('GATEWAY.INVALID_INPUT');
  expect(gateway.lines('"msg":"audit"').at(-1)).toMatchObject(ids);
});

test('docs/api.md lists every operation and no other', () => {
  const [, table = ''] = readFileSync('docs/api.md', 'utf8').split('## Every operation');
  const rows = [...table.matchAll(/^\| `([a-z]\w+)` /gm)].map(([, name]) => name);
  const names = OPERATIONS.map(({ name }) => name);
  expect(rows.filter((name) => name !== 'kind').sort()).toEqual(names.sort());
});

test('no metric has an ID or a name in a label', async () => {
  const metrics = await gateway.metrics();
  expect(metrics).toContain('endpoint="POST /v2/{projectId}/groups"');
  expect(metrics).toContain('endpoint="GET /v2/{projectId}/log-streams"');
  expect(metrics).not.toContain('some-');
});

interface Failure {
  code: string;
  inputErrors: { path: string[] }[];
}

/** Sends an operation with this ID wherever it takes one; it must fail. */
async function failureOf(operation: Field, id: string, requestId = 'any'): Promise<Failure> {
  const { name, args, type } = operation;
  const isMutation = MUTATIONS.includes(operation);
  const declared = args.map((argument) => `$${argument.name}: ${argument.type}`).join(', ');
  const passed = args.map((argument) => `${argument.name}: $${argument.name}`).join(', ');
  const ofQuery = isLeafType(getNamedType(type)) ? '' : '{ __typename }';
  const selection = isMutation ? '{ ... on LtsError { code inputErrors { path } } }' : ofQuery;
  const { data, errors } = await gateway.send(
    `${isMutation ? 'mutation' : 'query'} (${declared}) { ${name}(${passed}) ${selection} }`,
    variablesOf(operation, id),
    { 'x-auth-token': 'any', 'x-request-id': requestId },
  );
  if (isMutation) return data[name];
  expect(data).toEqual({ [name]: null });
  expect(errors).toHaveLength(1);
  const { ltsCode, inputErrors = [] } = errors[0].extensions;
  return { code: ltsCode, inputErrors };
}

/** Valid values for all arguments, but for the IDs. */
function variablesOf({ args }: Field, id: string): Record<string, unknown> {
  return Object.fromEntries(args.map(({ name, type }) => [name, exampleOf(type, id)]));
}

/** Paths of all IDs among the arguments, those in input types too. */
function idsOf({ args }: Field): string[][] {
  return args.flatMap(({ name, type }) => idsIn(type, [name]));
}

function idsIn(type: GraphQLInputType, path: string[]): string[][] {
  const named = getNamedType(type);
  if (named.name === 'ID') return [path];
  if (!isInputObjectType(named)) return [];
  return Object.values(named.getFields()).flatMap((field) => idsIn(field.type, [...path, field.name]));
}
