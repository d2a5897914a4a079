import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type GraphQLInputType, getNamedType, isInputObjectType, isListType, isNonNullType } from 'graphql';
import { buildSchema } from '../src/graphql/schema.ts';
import { type RunningGateway, startGateway } from './support/gateway.ts';
import { replyWith, type ScriptedServer, startScriptedServer } from './support/scripted-server.ts';
import { until } from './support/until.ts';

/** What holds for mutations that are added later as well: these tests read the schema. */
const MUTATIONS = Object.values(buildSchema().getMutationType()?.getFields() ?? {});

let lts: ScriptedServer;
let gateway: RunningGateway;

beforeAll(async () => {
  lts = await startScriptedServer();
  lts.answer = replyWith(403, { error_code: 'LTS.9999', error_msg: 'No.' });
  gateway = await startGateway(lts.url);
});
afterAll(async () => {
  await gateway.close();
  await lts.close();
});

test.each(MUTATIONS)(
  '$name returns a failure of LTS as data, and is audited with each of its IDs',
  async (mutation) => {
    const declared = mutation.args.map(({ name, type }) => `$${name}: ${type}`).join(', ');
    const passed = mutation.args.map(({ name }) => `${name}: $${name}`).join(', ');
    const query = `mutation (${declared}) { ${mutation.name}(${passed}) { __typename ... on LtsError { code } } }`;
    const variables = Object.fromEntries(
      mutation.args.map(({ name, type }) => [name, validValue(type, name)]),
    );

    const requestId = `audit-${mutation.name}`;
    const { data } = await gateway.send(query, variables, {
      'x-auth-token': 'any',
      'x-request-id': requestId,
    });
    expect(data).toEqual({ [mutation.name]: { __typename: 'LtsError', code: 'LTS.9999' } });

    const auditLines = () =>
      gateway
        .logged()
        .split('\n')
        .filter((line) => line.includes(requestId) && line.includes('"audit"'));
    await until(() => auditLines().length > 0);
    const ids = mutation.args.filter(({ type }) => getNamedType(type).name === 'ID').map(({ name }) => name);
    expect(ids).toContain('projectId');
    expect(auditLines().map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        mutation: mutation.name,
        outcome: 'LTS.9999',
        ...Object.fromEntries(ids.map((name) => [name, variables[name]])),
      }),
    ]);
  },
);

/** A valid value of any type that inputs have. */
function validValue(type: GraphQLInputType, name: string): unknown {
  if (isNonNullType(type)) return validValue(type.ofType, name);
  if (isListType(type)) return [];
  if (isInputObjectType(type)) {
    return Object.fromEntries(
      Object.values(type.getFields()).map((field) => [field.name, validValue(field.type, field.name)]),
    );
  }
  return type.name === 'Int' ? 7 : `some-${name}`;
}
