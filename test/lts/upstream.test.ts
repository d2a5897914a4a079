import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { untilReusable } from '../support/connection-silence.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { CREATE_LOG_STREAM, LOG_STREAMS } from '../support/operations.ts';
import {
  replyToWrites,
  replyWith,
  type ScriptedServer,
  startScriptedServer,
} from '../support/scripted-server.ts';

const VARIABLES = { projectId: 'p', groupId: 'g', input: { name: 'a' } };
const TIMEOUT_MS = 300;
const MIB = 1024 * 1024;

let scripted: ScriptedServer;
let gateway: RunningGateway;

beforeEach(async () => {
  scripted = await startScriptedServer();
  gateway = await startGateway(scripted.url, { ltsTimeoutMs: TIMEOUT_MS, ltsMaxReplyBytes: MIB });
});
afterEach(async () => {
  await gateway.close();
  await scripted.close();
});

const create = async () => (await gateway.send(CREATE_LOG_STREAM, VARIABLES)).data.createLogStream;

test('createLogStream reuses the connection of a call that ended a while ago', async () => {
  scripted.answer = replyWith(201, { log_stream_id: 'id' });
  for (let call = 0; call < 5; call += 1) {
    await create();
    await untilReusable();
  }
  expect(scripted.received).toHaveLength(5);
  expect(scripted.connections()).toBe(1);
});

test('createLogStream does not follow a redirect, which would send the token to another host', async () => {
  const elsewhere = await startScriptedServer();
  const statuses = [301, 302, 303, 307, 308];
  scripted.answer = (request, response, body) => {
    const status = Number(request.url?.split('/')[2]); // the project ID
    replyWith(status, '', { location: `${elsewhere.url}/v2/x` })(request, response, body);
  };
  const results = statuses.map(async (status) => {
    const { data } = await gateway.send(CREATE_LOG_STREAM, { ...VARIABLES, projectId: String(status) });
    return data.createLogStream;
  });
  expect(await Promise.all(results)).toMatchObject(
    statuses.map((httpStatus) => ({ code: 'GATEWAY.BAD_REPLY', kind: 'UNKNOWN', httpStatus })),
  );
  expect(elsewhere.received).toEqual([]);
  await elsewhere.close();
});

test('createLogStream sends one POST, whatever LTS answers', async () => {
  const answers: ScriptedServer['answer'][] = [
    replyWith(500, { error_code: 'LTS.0202', error_msg: 'Failed to create Log stream' }),
    replyWith(503, '', { 'retry-after': '0' }),
    replyWith(429, '', { 'retry-after': '0' }),
    (request) => request.socket.destroy(),
  ];
  for (const answer of answers) {
    scripted.received.length = 0;
    scripted.answer = replyToWrites(answer);
    await create();
    expect(scripted.received.filter(({ method }) => method === 'POST')).toHaveLength(1);
  }
});

describe('createLogStream returns GATEWAY.TIMEOUT when LTS sends', () => {
  test.each<[string, ScriptedServer['answer']]>([
    ['nothing', () => {}],
    ['only headers', (_request, response) => void response.writeHead(201).flushHeaders()],
    ['a body without end', (_request, response) => void response.writeHead(201).write('{"log_stream')],
  ])('%s', async (_what, answer) => {
    scripted.answer = replyToWrites(answer);
    expect(await create()).toMatchObject({
      code: 'GATEWAY.TIMEOUT',
      message: expect.stringContaining('LTS did not answer in time.'),
      kind: 'TIMEOUT',
      httpStatus: null,
    });
  });
});

describe('createLogStream returns GATEWAY.UNREACHABLE when', () => {
  const unreachable = { code: 'GATEWAY.UNREACHABLE', kind: 'UNAVAILABLE', httpStatus: null };

  test('the connection is refused', async () => {
    await scripted.close();
    expect(await create()).toMatchObject({ ...unreachable, isRetryable: true });
  });

  test('the connection is reset', async () => {
    scripted.answer = replyToWrites((request) => request.socket.resetAndDestroy());
    expect(await create()).toMatchObject(unreachable);
  });

  test('the body is cut off', async () => {
    scripted.answer = replyToWrites((request, response) => {
      response.writeHead(201, { 'content-length': '100' }).write('{"log_stream_id":"id"}', () => {
        request.socket.destroy();
      });
    });
    expect(await create()).toMatchObject(unreachable);
  });

  test('the host name does not exist', async () => {
    const lost = await startGateway('http://lts.invalid');
    const { data } = await lost.send(CREATE_LOG_STREAM, VARIABLES);
    await lost.close();
    expect(data.createLogStream).toMatchObject({ ...unreachable, isRetryable: true });
  });

  test('the other end does not speak TLS', async () => {
    const plain = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
    await new Promise((resolve) => plain.once('listening', resolve));
    const lost = await startGateway(`https://127.0.0.1:${(plain.address() as { port: number }).port}`);
    const { data } = await lost.send(CREATE_LOG_STREAM, VARIABLES);
    await lost.close();
    plain.close();
    expect(data.createLogStream).toMatchObject({ ...unreachable, isRetryable: true });
  });
});

describe('logStreams', () => {
  const streams = (bytes: number) => {
    const body = JSON.stringify({ log_streams: [], padding: '' });
    return body.replace('"padding":""', `"padding":"${'x'.repeat(bytes - body.length)}"`);
  };

  test('reads a reply of exactly LTS_MAX_REPLY_BYTES', async () => {
    scripted.answer = replyWith(200, streams(MIB));
    const { data } = await gateway.send(LOG_STREAMS, VARIABLES);
    expect(data.logStreams).toEqual([]);
  });

  test.each<[string, ScriptedServer['answer']]>([
    ['one byte more than LTS_MAX_REPLY_BYTES', replyWith(200, streams(MIB + 1))],
    [
      'an endless body',
      (_request, response) => {
        response.writeHead(200);
        const send = () => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
          response.once('drain', send);
        };
        send();
      },
    ],
    [
      'a gzip bomb',
      (_request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(64 * MIB)));
      },
    ],
  ])('returns GATEWAY.BAD_REPLY when LTS sends %s', async (_what, answer) => {
    scripted.answer = answer;
    const { errors } = await gateway.send(LOG_STREAMS, VARIABLES);
    expect(errors[0].message).toBe(
      'LTS sent more than the 1048576 bytes that are read (LTS_MAX_REPLY_BYTES).',
    );
    expect(errors[0].extensions).toMatchObject({
      ltsCode: 'GATEWAY.BAD_REPLY',
      code: 'INTERNAL',
      httpStatus: 200,
      isRetryable: false,
    });
  });
});

test('logStreams returns GATEWAY.BAD_REPLY when a compressed reply cannot be decompressed', async () => {
  scripted.answer = (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip at all');
  };
  const { errors } = await gateway.send(LOG_STREAMS, VARIABLES);
  expect(errors[0].extensions).toMatchObject({
    ltsCode: 'GATEWAY.BAD_REPLY',
    code: 'INTERNAL',
    httpStatus: 200,
  });
});

test('logStreams reads a compressed reply', async () => {
  scripted.answer = (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"log_streams":[]}'));
  };
  expect((await gateway.send(LOG_STREAMS, VARIABLES)).data.logStreams).toEqual([]);
});
