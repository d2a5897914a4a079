import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { LIMITS } from '../../src/limits.ts';
import { startGatewayOnEmbeddedLts, TOKEN } from '../support/gateway.ts';
import * as operations from '../support/operations.ts';
import { until } from '../support/until.ts';

let running: Awaited<ReturnType<typeof startGatewayOnEmbeddedLts>>;
beforeAll(async () => {
  running = await startGatewayOnEmbeddedLts();
});
afterAll(() => running.close());

const { projectId, groupId } = DEMO;
const HASH = /^[\w-]{12}$/;

/** Sends an operation and returns its log lines by `msg`. */
async function linesAbout(query: string, variables: object, headers: Record<string, string> = {}) {
  const id = `log-${Math.random().toString(36).slice(2)}`;
  await running.gateway.send(query, variables, { 'x-auth-token': TOKEN, 'x-request-id': id, ...headers });
  const lines = () =>
    running.gateway
      .logged()
      .split('\n')
      .filter((line) => line.includes(id))
      .map((line) => JSON.parse(line));
  await until(() => lines().some(({ msg }) => msg === 'request'));
  return {
    request: lines().filter(({ msg }) => msg === 'request'),
    audit: lines().filter(({ msg }) => msg === 'audit'),
  };
}

describe('the log line of a request', () => {
  test('has the operation, the caller, the outcome and the time of LTS', async () => {
    const query = operations.LOG_STREAMS.replace('query', 'query Streams');
    const { request } = await linesAbout(query, { projectId, groupId });
    expect(request).toEqual([
      expect.objectContaining({
        method: 'POST',
        path: '/graphql',
        status: 200,
        ms: expect.any(Number),
        operation: 'Streams',
        type: 'query',
        outcome: 'OK',
        tokenHash: expect.stringMatching(HASH),
        lts: { calls: 1, ms: expect.any(Number), status: 200 },
      }),
    ]);
    expect(request[0].lts.ms).toBeLessThanOrEqual(request[0].ms + 1);
    expect(JSON.stringify(request)).not.toContain(projectId);
  });

  test('has the name and version of the app, cut to 64 characters and without a token in them', async () => {
    const { request } = await linesAbout(
      '{ __typename }',
      {},
      {
        'apollographql-client-name': `${'a'.repeat(70)}`,
        'apollographql-client-version': `1.0 ${TOKEN}`,
      },
    );
    expect(request[0].client).toEqual({ name: 'a'.repeat(64), version: '1.0 [token]' });
    const anonymous = await linesAbout('{ __typename }', {});
    expect(anonymous.request[0]).not.toHaveProperty('client');
  });

  test('has the code, kind and status of a failure', async () => {
    const variables = { projectId, groupId: 'none', input: { name: 'a' } };
    const { request } = await linesAbout(operations.CREATE_LOG_STREAM, variables);
    expect(request[0]).toMatchObject({
      type: 'mutation',
      outcome: 'LTS.0201',
      kind: 'NOT_FOUND',
      lts: { calls: 1, status: 400 },
    });
  });

  test('has the error code that the caller gets', async () => {
    const { request } = await linesAbout(`{ ${'__typename '.repeat(LIMITS.documentTokens)} }`, {});
    expect(request[0]).toMatchObject({ status: 400, outcome: 'LIMIT_EXCEEDED', kind: 'GRAPHQL' });
  });

  test('has the number of calls of an operation that needs several', async () => {
    const { request } = await linesAbout(operations.GROUPS_WITH_STREAMS, { projectId });
    expect(request[0].lts.calls).toBe(2);
  });

  test('has nothing about LTS or the token when there was no call and no token', async () => {
    const { request } = await linesAbout('{ __typename }', {}, { 'x-auth-token': '' });
    expect(request[0]).not.toHaveProperty('lts');
    expect(request[0]).not.toHaveProperty('tokenHash');
  });
});

describe('the audit line', () => {
  const name = 'audited';
  test.each<[string, string, object, object]>([
    [
      'createLogStream',
      operations.CREATE_LOG_STREAM,
      { projectId, groupId, input: { name } },
      { groupId, newName: name },
    ],
    [
      'createLogGroup',
      operations.CREATE_LOG_GROUP,
      { projectId, input: { name, ttlInDays: 1 } },
      { newName: name },
    ],
    [
      'updateLogGroup',
      operations.UPDATE_LOG_GROUP,
      { projectId, groupId, input: { ttlInDays: 2 } },
      { groupId },
    ],
    [
      'updateLogStream',
      operations.UPDATE_LOG_STREAM,
      { projectId, groupId, streamId: 'none', input: { ttlInDays: 2 } },
      { groupId, streamId: 'none', outcome: 'GATEWAY.NOT_FOUND' },
    ],
    [
      'deleteLogStream',
      operations.DELETE_LOG_STREAM,
      { projectId, groupId, streamId: 'none' },
      { groupId, streamId: 'none', outcome: 'LTS.0208' },
    ],
    [
      'deleteLogGroup',
      operations.DELETE_LOG_GROUP,
      { projectId, groupId: DEMO.otherGroupId },
      { groupId: DEMO.otherGroupId },
    ],
  ])('of %s has the caller, the target and the outcome', async (mutation, query, variables, target) => {
    const { request, audit } = await linesAbout(query, variables);
    expect(audit).toEqual([
      expect.objectContaining({
        mutation,
        tokenHash: request[0].tokenHash,
        projectId,
        outcome: 'OK',
        ...target,
      }),
    ]);
  });

  test('does not have arguments that are invalid', async () => {
    const variables = { projectId: TOKEN, groupId: `../${TOKEN}`, input: { name: `.${TOKEN}` } };
    const { audit } = await linesAbout(operations.CREATE_LOG_STREAM, variables);
    expect(audit).toEqual([expect.objectContaining({ outcome: 'GATEWAY.INVALID_INPUT' })]);
    expect(JSON.stringify(audit)).not.toContain(TOKEN);
  });

  test('is not written for a query', async () => {
    const { audit } = await linesAbout(operations.LOG_GROUPS, { projectId });
    expect(audit).toEqual([]);
  });
});
