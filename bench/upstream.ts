/** An LTS that costs next to nothing. A process of its own. */
import { createServer, type ServerResponse } from 'node:http';
import { LIST_SIZES, logStreamIdOf } from './operations.ts';
import { textOf } from './text-of.ts';

/** By the ID of their group. A tag of LTS's own is in each log stream, which callers must not see. */
const lists = new Map(LIST_SIZES.map((size) => [String(size), listOf(size)]));

const server = createServer(async (request, response) => {
  if (request.url === '/') return send(response, 200, '{}');
  // Every caller must have passed the token on.
  if (request.headers['x-auth-token'] === undefined) return send(response, 401, '{}');
  if (request.method === 'POST') {
    // The name is found without parsing, since `floor` sends a body of another form.
    const [, number = '0'] = /"stream-(\d+)"/.exec(await textOf(request)) ?? [];
    return send(response, 201, `{"log_stream_id":"${logStreamIdOf(Number(number))}"}`);
  }
  const [, group = ''] = /\/groups\/(\d+)\/streams$/.exec(request.url ?? '') ?? [];
  const list = lists.get(group);
  return list ? send(response, 200, list) : send(response, 404, '{}');
});
// Contenders are idle for longer than the 5 seconds after which Node.js closes connections.
server.keepAliveTimeout = 120_000;
server.listen(Number(process.env.PORT), '127.0.0.1');

function send(response: ServerResponse, status: number, body: string | Buffer): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

function listOf(size: number): Buffer {
  const streams = Array.from({ length: size }, (_, index) => ({
    log_stream_id: logStreamIdOf(index),
    log_stream_name: `stream-${index}`,
    log_stream_name_alias: `stream-${index}`,
    creation_time: 1_700_000_000_000 + index,
    ttl_in_days: 7,
    tag: { _sys_enterprise_project_id: '0', team: 'checkout', environment: 'production' },
    filter_count: 0,
    is_favorite: false,
    whether_log_storage: true,
  }));
  return Buffer.from(JSON.stringify({ log_streams: streams }));
}
