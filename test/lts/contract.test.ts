import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import {
  buildSchema as buildSchemaFrom,
  findBreakingChanges,
  type OperationDefinitionNode,
  parse,
  print,
} from 'graphql';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { buildSchema } from '../../src/graphql/schema.ts';
import { startGatewayOnEmbeddedLts, TOKEN } from '../support/gateway.ts';

/**
 * The contract that apps in the field were built for: a schema, the documents of an app that selects every field of it,
 * and the responses that they got. The files never change; a later contract gets files of its own.
 */
const CONTRACT = 'test/fixtures/contract';
const document = parse(readFileSync(`${CONTRACT}/documents.graphql`, 'utf8'));
const { projectId, groupId } = DEMO;
const IDS = { projectId, groupId };

test('no change of the schema breaks an app that was built for the first contract', () => {
  const first = buildSchemaFrom(readFileSync(`${CONTRACT}/schema.graphql`, 'utf8'));
  expect(findBreakingChanges(first, buildSchema())).toEqual([]);
});

test('the documents of the first contract get the same responses', async () => {
  const { gateway, close } = await startGatewayOnEmbeddedLts();
  const responses: object[] = [];
  const ids = new Map<string, string>([
    [projectId, 'project'],
    [groupId, 'group 1'],
    [DEMO.otherGroupId, 'group 2'],
  ]);
  /** Sends one of the documents, and notes what came. */
  const send = async (name: string, variables: object, token = TOKEN) => {
    const headers = { 'x-auth-token': token };
    const { data, errors, status } = await gateway.send(operation(name), variables, headers);
    responses.push({ name, variables, status, data, errors });
    return Object.values(data ?? {})[0] as any;
  };

  const tags = [{ key: 'team', value: 'web' }, { key: 'empty' }];
  const newGroup = { name: 'new', ttlInDays: 5, tags, alias: 'New' };
  const group = await send('CreateLogGroup', { projectId, input: newGroup });
  ids.set(group.logGroupId, 'group 3');
  await send('CreateLogGroup', { projectId, input: { name: 'new', ttlInDays: 5 } });
  await send('CreateLogGroup', { projectId, input: { name: '_', ttlInDays: 0, tags: [tags[0], tags[0]] } });
  await send('CreateLogGroup', { projectId, input: { name: 'a', ttlInDays: 1 } }, 'broken');
  await send('UpdateLogGroup', { projectId, groupId: group.logGroupId, input: { ttlInDays: 9, tags: [] } });
  await send('UpdateLogGroup', { projectId, groupId: 'none', input: { ttlInDays: 9 } });
  await send('UpdateLogGroup', { ...IDS, input: {} });

  const input = { name: 'errors', ttlInDays: 7, alias: 'Errors', tags };
  const stream = await send('CreateLogStream', { ...IDS, input });
  ids.set(stream.logStreamId, 'stream 1');
  const plain = await send('CreateLogStream', { ...IDS, input: { name: 'plain' } });
  ids.set(plain.logStreamId, 'stream 2');
  await send('CreateLogStream', { ...IDS, input });
  await send('CreateLogStream', { projectId, groupId: 'none', input });
  await send('CreateLogStream', { projectId, groupId: '../x', input: { name: 'a.', tags: [{ key: ' ' }] } });
  await send('CreateLogStream', { ...IDS, input }, '');
  await send('CreateLogStream', { ...IDS, input }, 'expired');
  await send('CreateLogStream', { ...IDS, input }, 'forbidden');
  await send('CreateLogStream', { ...IDS, input }, 'broken');
  const streamId = stream.logStreamId;
  await send('UpdateLogStream', { ...IDS, streamId, input: { ttlInDays: 3, tags: [{ key: 'a' }] } });
  await send('UpdateLogStream', { ...IDS, streamId: plain.logStreamId, input: { tags } });
  await send('UpdateLogStream', { ...IDS, streamId: 'none', input: { ttlInDays: 3 } });

  const groups = await send('LogGroups', { projectId });
  for (const [index, { id }] of groups[0].logStreams.entries()) {
    if (!ids.has(id)) ids.set(id, `stream ${index + 3}`);
  }
  await send('LogGroups', { projectId }, 'forbidden');
  await send('LogGroup', { projectId, id: group.logGroupId });
  await send('LogGroup', { projectId, id: 'none' });
  await send('LogStreams', IDS);
  await send('LogStreams', { projectId, groupId: 'none' });
  await send('LogStreams', { projectId, groupId: '' });
  await send('LogStream', { ...IDS, id: streamId });
  await send('LogStream', { ...IDS, id: 'none' });

  await send('DeleteLogStream', { ...IDS, streamId });
  await send('DeleteLogStream', { ...IDS, streamId });
  await send('DeleteLogGroup', { projectId, groupId: group.logGroupId });
  await send('DeleteLogGroup', { projectId, groupId: group.logGroupId }, 'broken');
  await close();

  // What differs from run to run is replaced by what does not.
  const text = [...ids]
    .reduce((json, [id, name]) => json.replaceAll(id, name), JSON.stringify(responses, null, 2))
    .replace(/("createdAt": )"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '$1"a time"')
    .replace(/("(?:ltsR|r)equestId": )"[\w-]+"/g, '$1"an ID"');
  expect(JSON.parse(text)).toMatchObject(
    JSON.parse(readFileSync(`${CONTRACT}/responses.json`, 'utf8'), noEmptyInputErrors),
  );
}, 30_000);

/** One operation of the documents, with the fragments that it needs. */
function operation(name: string): string {
  const definition = document.definitions.find(
    (candidate): candidate is OperationDefinitionNode =>
      candidate.kind === 'OperationDefinition' && candidate.name?.value === name,
  );
  const text = print(definition ?? document);
  const fragments = document.definitions.filter(
    (candidate) => candidate.kind === 'FragmentDefinition' && text.includes(`...${candidate.name.value}`),
  );
  return [text, ...fragments.map(print)].join('\n');
}

/** Where a response named no value at fault, a later one may. */
function noEmptyInputErrors(key: string, value: unknown): unknown {
  return key === 'inputErrors' && Array.isArray(value) && value.length === 0 ? undefined : value;
}
