import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { CREATE_LOG_STREAM, LOG_STREAMS } from '../support/operations.ts';
import {
  type Answer,
  answerWith,
  failWith,
  hangUp,
  listing,
  replyToWrites,
  replyWith,
} from '../support/scripted-server.ts';
import { useGateway, useGateways, useScriptedServer } from '../support/use-gateways.ts';

const VARIABLES = { projectId: 'p', groupId: 'g', input: { name: 'a' } };
const MIB = 1024 * 1024;

const { gateway, scripted } = useGateway({ ltsTimeoutMs: 1_000, ltsMaxReplyBytes: MIB }, 'each');
const elsewhere = useScriptedServer();
const startGateway = useGateways();

const create = (to = gateway) => to.resultOf(CREATE_LOG_STREAM, VARIABLES);
const UNREACHABLE = { code: 'GATEWAY.UNREACHABLE', kind: 'UNAVAILABLE', httpStatus: null };

test.each([301, 302, 303, 307, 308])(
  'createLogStream does not follow a redirect with %i, which would send the token to another host',
  async (httpStatus) => {
    scripted.answer = replyWith(httpStatus, '', { location: `${elsewhere.url}/v2/x` });
    expect(await create()).toMatchObject({ code: 'GATEWAY.BAD_REPLY', kind: 'UNKNOWN', httpStatus });
    expect(elsewhere.received).toEqual([]);
  },
);

test('createLogStream fails when LTS switches to another protocol', async () => {
  scripted.answer = replyToWrites(replyWith(101, '', { connection: 'upgrade', upgrade: 'x' }));
  expect(await create()).toMatchObject(UNREACHABLE);
});

describe('createLogStream returns a retryable GATEWAY.UNREACHABLE when', () => {
  const message = 'LTS could not be reached. Nothing was created.';
  const NOT_SENT = { ...UNREACHABLE, outcome: 'NOT_APPLIED', isRetryable: true, message };

  test.each([
    ['the connection is refused', 'http://127.0.0.1:1'],
    ['the host name does not exist', 'http://lts.invalid'],
  ])('%s', async (_why, url) => {
    expect(await create(await startGateway(url))).toMatchObject(NOT_SENT);
  });

  test('the other end does not speak TLS', async () => {
    const plain = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
    await new Promise((resolve) => plain.once('listening', resolve));
    const { port } = plain.address() as { port: number };
    expect(await create(await startGateway(`https://127.0.0.1:${port}`))).toMatchObject(NOT_SENT);
    plain.close();
  });
});

describe('logStreams', () => {
  const NO_STREAMS = replyWith(200, listing());
  const cutOff: Answer = ({ socket }, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{"log_streams":', () => socket.destroy());
  };

  test.each<[string, calls: number, kind: string, Answer]>([
    ['a reset', 2, 'UNAVAILABLE', ({ socket }) => void socket.resetAndDestroy()],
    ['the end of the connection', 2, 'UNAVAILABLE', hangUp],
    ['a body that is cut off', 2, 'UNAVAILABLE', cutOff],
    ['a 502', 2, 'UNAVAILABLE', replyWith(502, '<html>')],
    ['a 429', 1, 'RATE_LIMITED', failWith(429, 'APIGW.0308')],
    ['a 404', 1, 'UNKNOWN', failWith(404, 'APIGW.0101')],
    ['a 504', 1, 'TIMEOUT', failWith(504, 'APIGW.0203')],
    ['no answer', 1, 'TIMEOUT', () => {}],
    ['only headers', 1, 'TIMEOUT', (_request, response) => void response.writeHead(200).flushHeaders()],
    ['a 204', 1, 'INTERNAL', replyWith(204, '')],
  ])('that meets %s calls LTS %i times in all, and fails with %s', async (_what, calls, kind, answer) => {
    scripted.answer = answer;
    const { errors } = await gateway.send(LOG_STREAMS, VARIABLES);
    expect(errors[0].extensions.code).toBe(kind);
    expect(scripted.received).toHaveLength(calls);
  });

  test('returns what a second call gets', async () => {
    scripted.answer = answerWith(() => (scripted.received.length === 1 ? hangUp : NO_STREAMS));
    expect(await gateway.resultOf(LOG_STREAMS, VARIABLES)).toEqual([]);
  });

  const compressed =
    (body: Buffer | string): Answer =>
    (_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(body);
  const streams = (bytes: number) => {
    const body = JSON.stringify({ log_streams: [], padding: '' });
    return replyWith(200, body.replace('"padding":""', `"padding":"${'x'.repeat(bytes - body.length)}"`));
  };
  const endless: Answer = (_request, response) => {
    response.writeHead(200);
    const send = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
      response.once('drain', send);
    };
    send();
  };

  test.each([
    ['of exactly LTS_MAX_REPLY_BYTES', streams(MIB)],
    ['that is compressed', compressed(gzipSync('{"log_streams":[]}'))],
  ])('reads a reply %s', async (_what, answer) => {
    scripted.answer = answer;
    expect(await gateway.resultOf(LOG_STREAMS, VARIABLES)).toEqual([]);
  });

  const TOO_LONG = {
    message: 'LTS sent more than the 1048576 bytes that are read (LTS_MAX_REPLY_BYTES).',
    extensions: { isRetryable: false },
  };
  test.each<[string, Answer, object]>([
    ['one byte more than LTS_MAX_REPLY_BYTES', streams(MIB + 1), TOO_LONG],
    ['an endless body', endless, TOO_LONG],
    ['a gzip bomb', compressed(gzipSync(Buffer.alloc(64 * MIB))), TOO_LONG],
    ['what cannot be decompressed', compressed('not gzip at all'), {}],
  ])('returns GATEWAY.BAD_REPLY when LTS sends %s', async (_what, answer, more) => {
    scripted.answer = answer;
    const { errors } = await gateway.send(LOG_STREAMS, VARIABLES);
    const extensions = { ltsCode: 'GATEWAY.BAD_REPLY', code: 'INTERNAL', httpStatus: 200 };
    expect(errors).toMatchObject([{ extensions }]);
    expect(errors).toMatchObject([more]);
  });
});
