import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface QuickLts {
  readonly url: string;
  /** Names of the log streams that were created. */
  readonly names: ReadonlySet<string>;
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

const LIST = listOf(5, {});
/** Lists of some groups by their ID: about 1 MB, and as long as LTS's quotas allow. */
const LISTS: Record<string, string> = {
  large: listOf(5_000, {}),
  huge: listOf(10_000, { _sys_enterprise_project_id: '0', team: 'checkout', environment: 'production' }),
};

/** An LTS that costs next to nothing: it creates whatever it is asked to, and has a list for every group. */
export async function startQuickLts(): Promise<QuickLts> {
  const names = new Set<string>();
  const server = createServer((request, response) => {
    const chunks: string[] = [];
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => chunks.push(chunk));
    request.on('end', () => {
      const isCreate = request.method === 'POST';
      if (isCreate) names.add((JSON.parse(chunks.join('')) as { log_stream_name: string }).log_stream_name);
      const body = isCreate ? `{"log_stream_id":"${randomUUID()}"}` : (LISTS[groupOf(request.url)] ?? LIST);
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
    names,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const groupOf = (path = '') => /\/groups\/([^/]+)\/streams$/.exec(path)?.[1] ?? '';
