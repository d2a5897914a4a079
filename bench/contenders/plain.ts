/** The least that a list can cost: parse LTS's JSON, map it, write JSON. It knows no GraphQL. */
import { createServer } from 'node:http';
import { Pool } from 'undici';
import { textOf } from '../text-of.ts';
import { asLogStreams, type LtsList, PORT, streamsPath, UPSTREAM } from './common.ts';

const upstream = new Pool(UPSTREAM);

createServer(async (request, response) => {
  if (request.method !== 'POST') return response.end();
  const { variables } = JSON.parse(await textOf(request)) as {
    variables: { projectId: string; groupId: string };
  };
  const reply = await upstream.request({
    method: 'GET',
    path: streamsPath(variables),
    headers: { 'x-auth-token': request.headers['x-auth-token'] as string },
  });
  const logStreams = asLogStreams((await reply.body.json()) as LtsList);
  const body = JSON.stringify({ data: { logStreams } });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  return response.end(body);
}).listen(PORT, '127.0.0.1');
