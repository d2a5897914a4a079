import { randomUUID } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LtsStubCall {
  readonly method: string;
  readonly projectId: string;
  /** Empty where the path has none. */
  readonly groupId: string;
}

export interface LtsStubReply {
  readonly status: number;
  readonly body: string | Buffer;
  /** How long it waits before it replies, in milliseconds; with `Infinity` it never does. */
  readonly delayMs?: number;
  readonly headers?: Record<string, string>;
}

export interface LtsStub {
  readonly url: string;
  /** Names of all log streams that were created. */
  readonly createdNames: ReadonlySet<string>;
  /** Calls so far. */
  calls: number;
  /** What it replies to some calls; to the others, for which this is `null`, at once and with success. */
  answer: (call: LtsStubCall) => LtsStubReply | null;
  close(): void;
}

/** The body of a list of log streams, as LTS sends it. */
export const listOf = (length: number, tag: Record<string, string>) =>
  JSON.stringify({
    log_streams: Array.from({ length }, (_, index) => ({
      log_stream_id: randomUUID(),
      log_stream_name: `stream-${index}`,
      log_stream_name_alias: `stream-${index}`,
      creation_time: 1_700_000_000_000,
      ttl_in_days: 7,
      tag,
      filter_count: 0,
      is_favorite: false,
      whether_log_storage: true,
    })),
  });

const SHORT_LIST = listOf(5, {});
/** By log group ID: a list of about 1 MB, and one as long as LTS's quota allows. */
const LONG_LISTS: Record<string, string> = {
  large: listOf(5_000, {}),
  huge: listOf(10_000, { _sys_enterprise_project_id: '0', team: 'checkout', environment: 'production' }),
};

/** An LTS that uses hardly any CPU, to load the gateway alone: every create succeeds, and lists are constant. */
export async function startLtsStub(): Promise<LtsStub> {
  const createdNames = new Set<string>();
  const server = createServer((request, response) => {
    const chunks: string[] = [];
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => chunks.push(chunk));
    request.on('end', () => {
      stub.calls += 1;
      const { method = '', url = '' } = request;
      const call = { method, projectId: idIn(url, 'v2'), groupId: idIn(url, 'groups') };
      const special = stub.answer(call);
      if (special) return reply(response, special);
      if (method !== 'POST') {
        return reply(response, { status: 200, body: LONG_LISTS[call.groupId] ?? SHORT_LIST });
      }
      createdNames.add((JSON.parse(chunks.join('')) as { log_stream_name: string }).log_stream_name);
      reply(response, { status: 201, body: `{"log_stream_id":"${randomUUID()}"}` });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stub: LtsStub = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    createdNames,
    calls: 0,
    answer: () => null,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
  return stub;
}

function reply(response: ServerResponse, { status, body, delayMs = 0, headers = {} }: LtsStubReply): void {
  if (delayMs === Number.POSITIVE_INFINITY) return;
  if (delayMs > 0) {
    setTimeout(() => reply(response, { status, body, headers }), delayMs);
    return;
  }
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

/** The ID after a segment of a path such as `/v2/p/groups/g/streams`. */
const idIn = (path: string, segment: string) =>
  new RegExp(`/${segment}/([^/?]+)(?:/|$)`).exec(path)?.[1] ?? '';
