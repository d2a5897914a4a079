import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
} from 'graphql';
import { buildSchema } from '../../src/graphql/schema.ts';
import { UPDATE_LOG_STREAM } from '../support/operations.ts';
import { listedStream, replyWith } from '../support/scripted-server.ts';
import { until } from '../support/until.ts';
import { useGateway } from '../support/use-gateways.ts';

/** What holds for operations that are added later as well: these tests read them from the schema. */
const schema = buildSchema();
const MUTATIONS = Object.values(schema.getMutationType()?.getFields() ?? {});
const QUERIES = Object.values(schema.getQueryType()?.getFields() ?? {});

const { gateway, scripted } = useGateway();
beforeEach(() => {
  scripted.answer = replyWith(403, { error_code: 'LTS.9999', error_msg: 'No.' });
});
afterEach(() => {
  for (const { headers } of scripted.received)
    expect(headers['content-type']).toBe('application/json;charset=UTF-8');
});

describe('every mutation', () => {
  test.each(MUTATIONS)('$name returns a failure of LTS as data', async (mutation) => {
    const { data } = await sendMutation(mutation, variablesOf(mutation, 'some-id'));
    expect(data).toEqual({
      [mutation.name]: { __typename: 'LtsError', code: 'LTS.9999', inputErrors: [] },
    });
  });

  test.each(MUTATIONS)('$name is audited with each of its IDs', async (mutation) => {
    const requestId = `audit-${mutation.name}`;
    const variables = variablesOf(mutation, 'some-id');
    await sendMutation(mutation, variables, requestId);
    const auditLines = () => gateway.lines(requestId).filter(({ msg }) => msg === 'audit');
    await until(() => auditLines().length > 0);
    const ids = idsOf(mutation).map((path) => [path.at(-1) ?? '', 'some-id']);
    expect(ids).toContainEqual(['projectId', 'some-id']);
    const { name } = (variables.input ?? {}) as { name?: string };
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

  test.each(MUTATIONS)('$name refuses each ID that is no plain segment of a path', async (mutation) => {
    const { data } = await sendMutation(mutation, variablesOf(mutation, '../x'));
    const paths = data[mutation.name].inputErrors.map(({ path }: { path: string[] }) => path);
    expect(paths).toEqual(expect.arrayContaining(idsOf(mutation)));
    expect(paths).toHaveLength(idsOf(mutation).length);
    expect(scripted.received).toEqual([]);
  });
});

describe('every query', () => {
  test.each(QUERIES)('$name reports a failure of LTS in errors, and answers null', async (query) => {
    const { data, errors } = await sendQuery(query, variablesOf(query, 'some-id'));
    expect(data).toEqual({ [query.name]: null });
    expect(errors).toMatchObject([{ extensions: { ltsCode: 'LTS.9999' } }]);
  });

  test.each(QUERIES)('$name refuses each ID that is no plain segment of a path', async (query) => {
    const { errors } = await sendQuery(query, variablesOf(query, '../x'));
    expect(errors[0].extensions.code).toBe('INVALID_INPUT');
    const paths = errors[0].extensions.inputErrors.map(({ path }: { path: string[] }) => path);
    expect(paths).toEqual(expect.arrayContaining(idsOf(query)));
    expect(paths).toHaveLength(idsOf(query).length);
    expect(scripted.received).toEqual([]);
  });
});

describe('every query of a log group by its ID', () => {
  const queries = QUERIES.filter(({ args }) => args.some(({ name }) => name === 'groupId'));

  test.each(queries)('$name names the ID when LTS has no such log group', async (query) => {
    scripted.answer = replyWith(400, { error_code: 'LTS.0201', error_msg: 'The log group is not existed' });
    const { errors } = await sendQuery(query, variablesOf(query, 'some-id'));
    expect(errors[0].extensions.inputErrors).toMatchObject([{ path: ['groupId'] }]);
  });
});

test('docs/api.md lists every operation and no other', () => {
  const [, table = ''] = readFileSync('docs/api.md', 'utf8').split('## Every operation');
  const rows = [...table.matchAll(/^\| `([a-z]\w+)` /gm)].map(([, name]) => name);
  const names = [...MUTATIONS, ...QUERIES].map(({ name }) => name);
  expect(rows.filter((name) => name !== 'kind').sort()).toEqual(names.sort());
});

test('no metric has an ID or a name in a label', async () => {
  const metrics = await gateway.metrics();
  expect(metrics).toContain('endpoint="POST /v2/{projectId}/groups"');
  expect(metrics).toContain('endpoint="GET /v2/{projectId}/log-streams"');
  expect(metrics).not.toContain('some-');
});

type Field = GraphQLField<unknown, unknown>;

const sendMutation = (field: Field, variables: object, requestId?: string) =>
  sendField(
    'mutation',
    field,
    variables,
    '{ __typename ... on LtsError { code inputErrors { path } } }',
    requestId,
  );

const sendQuery = (field: Field, variables: object) =>
  sendField('query', field, variables, isLeafType(getNamedType(field.type)) ? '' : '{ id }');

function sendField(
  type: string,
  { name, args }: Field,
  variables: object,
  selection: string,
  requestId?: string,
) {
  const declared = args.map((argument) => `$${argument.name}: ${argument.type}`).join(', ');
  const passed = args.map((argument) => `${argument.name}: $${argument.name}`).join(', ');
  const document = `${type} (${declared}) { ${name}(${passed}) ${selection} }`;
  return gateway.send(document, variables, {
    'x-auth-token': 'any',
    ...(requestId && { 'x-request-id': requestId }),
  });
}

/** Valid values for all arguments, but for the IDs. */
function variablesOf({ args }: Field, id: string): Record<string, unknown> {
  return Object.fromEntries(args.map(({ name, type }) => [name, exampleOf(type, name, id)]));
}

function exampleOf(type: GraphQLInputType, name: string, id: string): unknown {
  if (isNonNullType(type)) return exampleOf(type.ofType, name, id);
  if (isListType(type)) return [exampleOf(type.ofType, name, id)];
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields());
    return Object.fromEntries(fields.map((field) => [field.name, exampleOf(field.type, field.name, id)]));
  }
  if (type.name === 'ID') return id;
  if (type.name === 'Boolean') return false;
  return type.name === 'Int' ? 7 : `some-${name}`;
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

test('an audit line has the IDs of a mutation that failed after its arguments were valid', async () => {
  const streams = [listedStream({ ttl_in_days: undefined })]; // an update of tags needs one
  scripted.answer = replyWith(200, { log_streams: streams });
  const ids = { projectId: 'p', groupId: 'g', streamId: 's' };
  const { code } = await gateway.resultOf(UPDATE_LOG_STREAM, { ...ids, input: { tags: [] } });
  expect(code).toBe('GATEWAY.INVALID_INPUT');
  expect(gateway.lines('"msg":"audit"').at(-1)).toMatchObject(ids);
});
