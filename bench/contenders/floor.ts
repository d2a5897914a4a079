/**
 * The least that a gateway on Node.js can cost: an HTTP server, one call to the upstream, JSON in between. It sends the
 * body on as it came, and knows no GraphQL.
 */
import { createServer } from 'node:http';
import { Pool } from 'undici';
import { textOf } from '../text-of.ts';
import { logStreamCreated, PORT, streamsPath, UPSTREAM } from './common.ts';

const upstream = new Pool(UPSTREAM);
const path = streamsPath({ projectId: 'project', groupId: 'group' });

createServer(async (request, response) => {
  if (request.method !== 'POST') return response.end();
  const reply = await upstream.request({
    method: 'POST',
    path,
    headers: {
      'content-type': 'application/json',
      'x-auth-token': request.headers['x-auth-token'] as string,
    },
    body: await textOf(request),
  });
  const created = logStreamCreated((await reply.body.json()) as { log_stream_id: string });
  const body = JSON.stringify({ data: { createLogStream: created } });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  return response.end(body);
}).listen(PORT, '127.0.0.1');
