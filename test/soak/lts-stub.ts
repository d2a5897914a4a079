import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LtsStub {
  readonly url: string;
  /** Names of all log streams that were created. */
  readonly createdNames: ReadonlySet<string>;
  close(): void;
}

const listOf = (length: number, tag: Record<string, string>) =>
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
      const isCreate = request.method === 'POST';
      if (isCreate) {
        createdNames.add((JSON.parse(chunks.join('')) as { log_stream_name: string }).log_stream_name);
      }
      const body = isCreate
        ? `{"log_stream_id":"${randomUUID()}"}`
        : (LONG_LISTS[groupIdIn(request.url)] ?? SHORT_LIST);
      response.writeHead(isCreate ? 201 : 200, {
        'content-type': 'application/json',
        'content-length': body.length,
      });
      response.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    createdNames,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const groupIdIn = (path = '') => /\/groups\/([^/]+)\/streams$/.exec(path)?.[1] ?? '';
