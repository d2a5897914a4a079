import { describe, expect, test } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { LIMITS } from '../../src/limits.ts';
import { TOKEN } from '../support/gateway.ts';
import * as operations from '../support/operations.ts';
import { until } from '../support/until.ts';
import { useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const { gateway } = useGatewayOnEmbeddedLts();

const { projectId, groupId } = DEMO;

/** Sends an operation and returns its log lines by `msg`. */
async function linesAbout(query: string, variables: object, headers: Record<string, string> = {}) {
  const id = `log-${Math.random().toString(36).slice(2)}`;
  await gateway.send(query, variables, { 'x-auth-token': TOKEN, 'x-request-id': id, ...headers });
  const lines = (wanted: string) => gateway.lines(id).filter(({ msg }) => msg === wanted);
  await until(() => lines('request').length > 0);
  return { request: lines('request'), audit: lines('audit') };
}

describe('the log line of a request', () => {
  test('of a query has the operation, the caller, the outcome and the time of LTS, and no audit line beside it', async () => {
    const query = operations.GROUPS_WITH_STREAMS.replace('query', 'query Groups');
    const { request, audit } = await linesAbout(query, { projectId });
    expect(request).toMatchObject([
      {
        method: 'POST',
        path: '/graphql',
        status: 200,
        ms: expect.any(Number),
        operation: 'Groups',
        type: 'query',
        outcome: 'OK',
        tokenHash: expect.stringMatching(/^[\w-]{12}$/),
        lts: { calls: 2, ms: expect.any(Number), status: 200 },
      },
    ]);
    expect(audit).toEqual([]);
    expect(request[0].lts.ms).toBeLessThanOrEqual(request[0].ms + 1);
    expect(JSON.stringify(request)).not.toContain(projectId);
  });

  test('is not written for a probe, and does not have the variables of a GET', async () => {
    const before = gateway.logged().length;
    await fetch(`${gateway.url}/livez`); // first, so that a line of it would be there by the end
    const query = new URLSearchParams({
      query: 'query ($s: ID!) { logGroups(projectId: $s) { id } }',
      variables: '{"s":"s3cr3t"}',
    });
    await fetch(`${gateway.url}/graphql?${query}`, { headers: { 'x-auth-token': 'forbidden' } });
    const lines = () => gateway.logged().slice(before).trim().split('\n').filter(Boolean);
    await until(() => lines().length > 0);
    expect(lines().map((line) => JSON.parse(line))).toMatchObject([
      { msg: 'request', method: 'GET', path: '/graphql', outcome: 'LTS.0001', kind: 'FORBIDDEN' },
    ]);
    expect(gateway.logged()).not.toContain('s3cr3t');
  });

  test('has the name and version of the app, cut to 64 characters and without a token in them', async () => {
    const client = {
      'apollographql-client-name': 'a'.repeat(70),
      'apollographql-client-version': `1.0 ${TOKEN}`,
    };
    const { request } = await linesAbout('{ __typename }', {}, client);
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

  test('has nothing about LTS or the token when there was no call and no token', async () => {
    const { request } = await linesAbout('{ __typename }', {}, { 'x-auth-token': '' });
    expect(request[0]).not.toHaveProperty('lts');
    expect(request[0]).not.toHaveProperty('tokenHash');
  });
});

describe('the audit line', () => {
  test('has the outcome and the caller, as the line of the request does', async () => {
    const variables = { projectId, groupId, input: { name: 'audited' } };
    const { request, audit } = await linesAbout(operations.CREATE_LOG_STREAM, variables);
    const { tokenHash } = request[0];
    expect(audit).toEqual([
      expect.objectContaining({ mutation: 'createLogStream', tokenHash, outcome: 'OK', newName: 'audited' }),
    ]);
  });

  test('does not have arguments that are invalid', async () => {
    const variables = { projectId: TOKEN, groupId: `../${TOKEN}`, input: { name: `.${TOKEN}` } };
    const { audit } = await linesAbout(operations.CREATE_LOG_STREAM, variables);
    expect(audit).toEqual([expect.objectContaining({ outcome: 'GATEWAY.INVALID_INPUT' })]);
    expect(JSON.stringify(audit)).not.toContain(TOKEN);
  });
});
