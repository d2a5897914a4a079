import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { TOTALS } from '../../src/limits.ts';
import { TOKEN } from '../support/gateway.ts';
import { CREATE_LOG_STREAM, LOG_GROUPS } from '../support/operations.ts';
import { killProcesses, startInProduction, untilClosed } from '../support/process.ts';
import { holdReplies, listing, replyWith } from '../support/scripted-server.ts';
import { until } from '../support/until.ts';
import { useGateway } from '../support/use-gateways.ts';

const { gateway, scripted } = useGateway({ ltsTimeoutMs: 300 }, 'each');
beforeEach(() => {
  scripted.answer = replyWith(201, { log_stream_id: 'id' });
});
afterEach(killProcesses);

const EN = JSON.parse(readFileSync('src/messages/en.json', 'utf8'));
const VARIABLES = { projectId: 'p', groupId: 'g', input: { name: 'a' } };

/** Sends raw bytes and returns the answer. */
async function sendRaw(text: string): Promise<string> {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk));
  socket.end(text);
  await once(socket, 'close');
  return answer;
}

const lines = (msg: string) => gateway.lines(`"msg":"${msg}"`);

describe('the gateway refuses', () => {
  test('bytes that are not HTTP, with 400 and a sentence in English', async () => {
    const answer = await sendRaw('nonsense\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('Content-Language: en\r\n');
    expect(answer).toContain(EN['error.BAD_REQUEST']);
  });

  test.each<[string, number, string]>([
    ['HTTP/1.0 without a Host header', 400, 'GET /graphql?query={__typename} HTTP/1.0\r\n\r\n'],
    ['a Host that cannot be parsed', 400, 'GET /graphql HTTP/1.1\r\nHost: [\r\nConnection: close\r\n\r\n'],
    [
      'a chunked body in HTTP/1.0',
      400,
      'POST /graphql HTTP/1.0\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n' +
        '18\r\n{"query":"{__typename}"}\r\n0\r\n\r\n',
    ],
    ['a path that cannot be decoded', 400, 'GET /%E0%A4%A HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
  ])('%s with %i and does not log a bug', async (_what, status, text) => {
    expect(await sendRaw(text)).toMatch(new RegExp(`^HTTP/1\\.[01] ${status} `));
    await until(() => lines('request').length === 1);
    expect(lines('request')).toEqual([expect.objectContaining({ outcome: 'REFUSED', status })]);
    expect(gateway.logged()).not.toContain('the gateway itself failed');
  });

  test('an operation name that is not in the document, with OPERATION_RESOLUTION_FAILURE', async () => {
    const response = await gateway.post({ query: 'query A { __typename }', operationName: 'B' });
    expect(response.status).toBe(400);
    expect(((await response.json()) as any).errors[0]).toMatchObject({
      message: 'Unknown operation named "B".',
      extensions: { code: 'OPERATION_RESOLUTION_FAILURE', requestId: expect.any(String) },
    });
  });

  test('an Accept header that it cannot satisfy, with 406 and before it calls LTS', async () => {
    const headers = { 'x-auth-token': TOKEN, accept: 'text/html' };
    const { status, errors } = await gateway.send(CREATE_LOG_STREAM, VARIABLES, headers);
    expect(status).toBe(406);
    expect(errors[0].message).toMatch(/Accept header/);
    expect(scripted.received).toEqual([]);
  });
});

test('a request that comes before the one before is answered closes the connection, and is not begun', async () => {
  scripted.answer = () => {};
  const body = JSON.stringify({ query: LOG_GROUPS, variables: VARIABLES });
  const one =
    `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nX-Auth-Token: ${TOKEN}\r\n` +
    `Content-Length: ${body.length}\r\n\r\n${body}`;
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  const closed = new Promise((resolve) => socket.on('error', () => {}).on('close', resolve));
  socket.write(one);
  await until(() => scripted.received.length === 1);
  socket.write(one.repeat(400));
  await closed;
  await until(() => lines('request').length === 1);
  expect(lines('request')[0]).toMatchObject({ outcome: 'CLIENT_CLOSED_REQUEST' });
  expect(scripted.received).toHaveLength(1);
});

describe('more requests than may be in flight', () => {
  const HEAD = 'POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
  const open = (text: string) =>
    Array.from({ length: TOTALS.requestsInFlight + 10 }, () => {
      const port = Number(new URL(gateway.url).port);
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      socket.on('error', () => {}).write(HEAD + text);
      return socket.resume();
    });
  beforeEach(() => {
    scripted.answer = replyWith(200, listing());
  });

  test('do not block other callers while their bodies do not arrive', async () => {
    const sockets = open('Content-Length: 99\r\n\r\n{');
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    for (let count = 0; count < 20; count += 1) {
      expect((await gateway.send(LOG_GROUPS, VARIABLES)).status).toBe(200);
    }
    for (const socket of sockets) socket.destroy();
  });

  test('do not stay in flight while their connections stay open, where bytes that are not HTTP follow', async () => {
    const body = JSON.stringify({ query: LOG_GROUPS, variables: VARIABLES });
    const sockets = open(`Content-Length: ${body.length}\r\n\r\n${body}garbage\r\n\r\n`);
    await Promise.all(
      sockets.map((socket) => new Promise((resolve) => socket.on('end', resolve).on('close', resolve))),
    );
    await until(async () => (await gateway.send(LOG_GROUPS, VARIABLES)).status === 200);
    for (const socket of sockets) socket.destroy();
  });
});

describe('the token is not logged or returned when it is sent', () => {
  test('as the request ID as well as in Authorization', async () => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'x-request-id': TOKEN };
    const answer = await gateway.send(CREATE_LOG_STREAM, VARIABLES, headers);
    expect(answer.headers.get('x-request-id')).not.toBe(TOKEN);
    expect(gateway.logged()).not.toContain(TOKEN);
  });

  test('in part as the request ID, or inside a longer request ID', async () => {
    for (const requestId of [TOKEN.slice(3, 20), `my-${TOKEN}`]) {
      for (const name of ['x-auth-token', 'authorization']) {
        const answer = await gateway.send(CREATE_LOG_STREAM, VARIABLES, {
          [name]: TOKEN,
          'x-request-id': requestId,
        });
        expect(answer.headers.get('x-request-id')).not.toBe(requestId);
      }
    }
    const { headers } = await gateway.send(CREATE_LOG_STREAM, VARIABLES, { 'x-request-id': 'MIIF' });
    expect(headers.get('x-request-id')).toBe('MIIF');
  });

  test('as an ID and as the name of a log stream', async () => {
    const name = TOKEN.replaceAll('-', '_');
    const variables = { projectId: name, groupId: name, input: { name } };
    await gateway.send(CREATE_LOG_STREAM, variables, { 'x-auth-token': name });
    await until(() => lines('request').length === 1);
    expect(lines('audit')[0]).toMatchObject({ projectId: '[token]', newName: '[token]' });
    expect(gateway.logged()).not.toContain(name);
  });

  test.each([
    ['the operation name', (name: string) => `query ${name} { __typename }`],
    ['an alias', (name: string) => `{ ${name}: __typename }`],
    ['a field name', (name: string) => `{ ${name} }`],
    ['a value', (name: string) => `{ logGroups(projectId: "${name}") { id } }`],
  ])('as %s in the document', async (_what, document) => {
    const name = TOKEN.replaceAll('-', '_');
    const { status, text, data } = await gateway.send(document(name), {}, { 'x-auth-token': name });
    expect([status, data]).toEqual([400, undefined]);
    expect(text).not.toContain(name);
    await until(() => lines('request').length === 1);
    expect(gateway.logged()).not.toContain(name);
    expect(scripted.received).toEqual([]);
  });

  test('as a value in the document, where it has separators in it', async () => {
    const token = 'short;pieces=with,separators=of;all=kinds';
    const document = `{ logGroups(projectId: "${token}") { id } }`;
    const { status, text } = await gateway.send(document, {}, { 'x-auth-token': token });
    expect(status).toBe(400);
    expect(text).toContain('The document has the token in it');
    await until(() => lines('request').length === 1);
    expect(gateway.logged()).not.toContain(token);
  });

  test.each<[string, (token: string) => Record<string, string>]>([
    [
      'an Authorization header that is not used',
      (token) => ({ 'x-auth-token': 'short', authorization: `Bearer ${token}` }),
    ],
    ['an Authorization header of another scheme', (token) => ({ authorization: `Basic ${token}` })],
    ['an X-Auth-Token header with another word', (token) => ({ 'x-auth-token': `${token} x` })],
  ])('as a name in the document and in %s', async (_what, headersOf) => {
    const name = TOKEN.replaceAll('-', '_');
    const { status, text } = await gateway.send(`query ${name} { ${name}: __typename }`, {}, headersOf(name));
    expect(status).toBe(400);
    await until(() => lines('request').length === 1);
    expect(text + gateway.logged()).not.toContain(name);
  });
});

test('SIGTERM waits for a createLogStream whose caller closed the connection', async () => {
  const answers = holdReplies(scripted, replyWith(201, { log_stream_id: 'id' }));
  const { child, url, output, exited } = await startInProduction(scripted.url);
  const headers = { 'content-type': 'application/json', 'x-auth-token': TOKEN };
  const call = httpRequest(`${url}/graphql`, { method: 'POST', headers });
  call.on('error', () => {});
  call.end(JSON.stringify({ query: CREATE_LOG_STREAM, variables: VARIABLES }));
  await until(() => answers.length === 1);
  call.destroy();
  await until(() => output().includes('CLIENT_CLOSED_REQUEST'));
  child.kill('SIGTERM');
  await untilClosed(url);
  answers[0]?.();
  expect(await exited).toBe(0);
  expect(output()).toMatch(/"mutation":"createLogStream".*"outcome":"OK"/);
});
