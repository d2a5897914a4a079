import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { TOTALS } from '../../src/limits.ts';
import { TOKEN } from '../support/gateway.ts';
import { CREATE_LOG_STREAM, LOG_GROUPS } from '../support/operations.ts';
import { listing, replyWith } from '../support/scripted-server.ts';
import { until } from '../support/until.ts';
import { useGateway } from '../support/use-gateways.ts';

const { gateway, scripted } = useGateway({ ltsTimeoutMs: 300 }, 'each');
beforeEach(() => {
  scripted.answer = replyWith(201, { log_stream_id: 'id' });
});

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

const requests = () => gateway.lines('"msg":"request"');

describe('the gateway refuses', () => {
  test('bytes that are not HTTP, with 400 and a sentence in English', async () => {
    const answer = await sendRaw('nonsense\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('Content-Language: en\r\n');
    expect(answer).toContain(EN['error.BAD_REQUEST']);
  });

  const CHUNKED = 'Content-Type: application/json\r\nTransfer-Encoding: chunked';
  test.each([
    ['HTTP/1.0 without a Host header', 'GET /graphql?query={__typename} HTTP/1.0\r\n\r\n'],
    ['a Host that cannot be parsed', 'GET /graphql HTTP/1.1\r\nHost: [\r\nConnection: close\r\n\r\n'],
    [
      'a chunked body in HTTP/1.0',
      `POST /graphql HTTP/1.0\r\nHost: a\r\n${CHUNKED}\r\n\r\n18\r\n{"query":"{__typename}"}\r\n0\r\n\r\n`,
    ],
    ['a path that cannot be decoded', 'GET /%E0%A4%A HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
  ])('%s with 400 and does not log a bug', async (_what, text) => {
    expect(await sendRaw(text)).toMatch(/^HTTP\/1\.[01] 400 /);
    await until(() => requests().length === 1);
    expect(requests()).toMatchObject([{ outcome: 'REFUSED', status: 400 }]);
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
  await until(() => requests().length === 1);
  expect(requests()[0]).toMatchObject({ outcome: 'CLIENT_CLOSED_REQUEST' });
  expect(scripted.received).toHaveLength(1);
});

describe('more requests than may be in flight', () => {
  /** Opens so many connections, and sends a request on each of them. */
  const open = (text: string) =>
    Array.from({ length: TOTALS.requestsInFlight + 10 }, () => {
      const port = Number(new URL(gateway.url).port);
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {});
      socket.write(`POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${text}`);
      return socket.resume();
    });
  const read = async () => (await gateway.send(LOG_GROUPS, VARIABLES)).status;
  let sockets: Socket[] = [];
  beforeEach(() => {
    scripted.answer = replyWith(200, listing());
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
  });

  test('do not block other callers while their bodies do not arrive', async () => {
    sockets = open('Content-Length: 99\r\n\r\n{');
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    for (let count = 0; count < 20; count += 1) expect(await read()).toBe(200);
  });

  test('do not stay in flight while their connections stay open, where bytes that are not HTTP follow', async () => {
    const body = JSON.stringify({ query: LOG_GROUPS, variables: VARIABLES });
    sockets = open(`Content-Length: ${body.length}\r\n\r\n${body}garbage\r\n\r\n`);
    await Promise.all(
      sockets.map((socket) => new Promise((resolve) => socket.on('end', resolve).on('close', resolve))),
    );
    await until(async () => (await read()) === 200);
  });
});
