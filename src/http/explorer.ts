import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import { graphiqlPage, NO_EXPLORER, type PageResponse, sandboxPage } from './explorer-pages.ts';

/** What browsers are shown at `/graphql`. */
export type ExplorerMode = 'sandbox' | 'graphiql' | 'off';

export interface Explorer {
  /** Answers a browser that opens `/graphql`. Returns `null` for any other request: nothing is sent then. */
  replyTo(request: FastifyRequest, reply: FastifyReply): FastifyReply | null;
  /** Adds the paths that the pages need beside `/graphql`. */
  registerPaths(scope: FastifyInstance): void;
}

/**
 * Pages for browsers: Apollo Sandbox, which the browser loads from Apollo's servers, and GraphiQL, which the gateway
 * brings along. Sandbox's page gives way to GraphiQL when Apollo's servers cannot be reached.
 *
 * @param example the example operations, for the scripts of the pages (`src/explorer`)
 */
export function createExplorer(mode: ExplorerMode, example: object): Explorer {
  const json = JSON.stringify(example).replaceAll('<', '\\u003c');
  const graphiql = graphiqlPage(json);
  const answer = { sandbox: sandboxPage(json), graphiql, off: NO_EXPLORER }[mode];

  return {
    replyTo(request, reply) {
      return isForBrowser(request) ? send(request, reply, answer) : null;
    },
    registerPaths(scope) {
      scope.get('/', { exposeHeadRoute: false }, (request, reply) =>
        isForBrowser(request) ? reply.redirect('graphql') : reply.callNotFound(),
      );
      if (mode === 'off') return;
      scope.get('/graphiql', { exposeHeadRoute: false }, (request, reply) => send(request, reply, graphiql));
      for (const asset of ASSETS) registerAsset(scope, asset);
    },
  };
}

/** A script that accepts HTML is no browser that opens a page: only scripts can set these headers. */
function isForBrowser({ method, headers, raw }: FastifyRequest): boolean {
  return (
    method === 'GET' &&
    SCRIPT_HEADERS.every((name) => headers[name] === undefined) &&
    new Negotiator(raw).mediaType(ACCEPTABLE_TYPES) === 'text/html'
  );
}
const SCRIPT_HEADERS = ['content-type', 'apollo-require-preflight', 'x-apollo-operation-name'];
const ACCEPTABLE_TYPES = ['application/json', 'application/graphql-response+json', 'text/html'];

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, headers, body }: PageResponse,
): FastifyReply {
  // The pages have relative URLs, so that they work behind a proxy that adds a path.
  if (request.url.split('?', 1)[0]?.endsWith('/')) return reply.redirect(`..${request.routeOptions.url}`);
  return reply
    .code(status)
    .headers({ 'Cache-Control': 'no-store', Vary: 'Accept', ...headers })
    .send(body);
}

interface Asset {
  readonly name: string;
  readonly type: string;
  /** Compressed by the build, and sent so: every browser accepts gzip. */
  readonly gzip?: boolean;
}

const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';
const ASSETS: readonly Asset[] = [
  { name: 'favicon.svg', type: 'image/svg+xml' },
  { name: 'pages.css', type: STYLE },
  { name: 'sandbox-page.js', type: SCRIPT },
  { name: 'graphiql-page.js', type: SCRIPT },
  { name: 'graphiql.js', type: SCRIPT, gzip: true },
  { name: 'graphiql.css', type: STYLE, gzip: true },
  { name: 'editorWorkerService.worker.js', type: SCRIPT, gzip: true },
  { name: 'json.worker.js', type: SCRIPT, gzip: true },
  { name: 'graphql.worker.js', type: SCRIPT, gzip: true },
];

/** A file is read when it is first asked for, and kept: all of them take 2.5 MB. */
function registerAsset(scope: FastifyInstance, { name, type, gzip = false }: Asset): void {
  let loading: ReturnType<typeof readAsset> | undefined;
  scope.get(`/explorer/${name}`, { exposeHeadRoute: false }, async (request, reply) => {
    loading ??= readAsset(gzip ? `${name}.gz` : name);
    const { bytes, etag } = await loading;
    reply.headers({ 'Content-Type': type, 'Cache-Control': 'no-cache', ETag: etag });
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    if (gzip) reply.header('Content-Encoding', 'gzip');
    return reply.send(bytes);
  });
}

async function readAsset(file: string): Promise<{ bytes: Buffer; etag: string }> {
  const bytes = await readFile(new URL(`../explorer/${file}`, import.meta.url));
  return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url')}"` };
}
