import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ConnectProxy, type ConnectRequest, startConnectProxy } from '../support/connect-proxy.ts';
import { untilReusable } from '../support/connection-silence.ts';
import { TOKEN } from '../support/gateway.ts';
import { CREATE_LOG_STREAM, LOG_GROUPS } from '../support/operations.ts';
import {
  killProcesses,
  post,
  runProcess,
  type StartedProcess,
  startInProduction,
} from '../support/process.ts';
import {
  type RawRequest,
  type RawUpstream,
  rawReply,
  startRawUpstream,
  TLS_FIXTURE,
} from '../support/raw-upstream.ts';
import { until } from '../support/until.ts';

const VARIABLES = { projectId: 'p', groupId: 'g', input: { name: 'a' } };
const NOT_SENT = { code: 'GATEWAY.UNREACHABLE', outcome: 'NOT_APPLIED', isRetryable: true };

let lts: RawUpstream;
let requests: RawRequest[];
let reply: (request: RawRequest) => void;
let proxy: ConnectProxy;

beforeEach(async () => {
  requests = [];
  reply = ({ method, socket }) =>
    socket.write(
      method === 'POST' ? rawReply(201, { log_stream_id: 'made' }) : rawReply(200, { log_groups: [] }),
    );
  lts = await startRawUpstream(
    (request) => {
      requests.push(request);
      reply(request);
    },
    { tls: true },
  );
  proxy = await startConnectProxy(lts.url);
});
afterEach(async () => {
  killProcesses();
  await proxy.close();
  await lts.close();
});

/** A gateway whose LTS has a name that only the proxy can reach. */
const startBehindProxy = (env: Record<string, string> = {}): Promise<StartedProcess> =>
  startInProduction('https://lts.example.com:8443', {
    NODE_EXTRA_CA_CERTS: TLS_FIXTURE,
    HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
    ...env,
  });
const create = async (url: string) => (await post(url, CREATE_LOG_STREAM, VARIABLES)).data.createLogStream;

describe('with HTTPS_PROXY,', () => {
  test('calls go through tunnels that are kept alive, and the proxy sees no token', async () => {
    const { url, output } = await startBehindProxy();
    expect((await create(url)).logStreamId).toBe('made');
    for (let call = 0; call < 5; call += 1) {
      await untilReusable();
      expect((await post(url, LOG_GROUPS, VARIABLES)).data.logGroups).toEqual([]);
    }
    expect(requests).toHaveLength(6);
    expect(proxy.received.length).toBeLessThan(6);
    expect(new Set(proxy.received.map(({ target }) => target))).toEqual(new Set(['lts.example.com:8443']));
    expect(JSON.stringify(proxy.received[0]?.headers)).not.toContain(TOKEN);
    expect(output()).toContain('LTS at https://lts.example.com:8443 through the proxy http:');
  });

  test('the proxy itself can be called by TLS', async () => {
    const secure = await startConnectProxy(lts.url, { tls: true });
    const { url, output } = await startBehindProxy({ HTTPS_PROXY: `https://localhost:${secure.port}` });
    expect((await create(url)).logStreamId).toBe('made');
    expect(output()).not.toContain('Warning');
    await secure.close();
  });
});

describe('the credentials of the proxy', () => {
  const withCredentials = () => ({ HTTPS_PROXY: `http://gateway:s3cret%40word@127.0.0.1:${proxy.port}` });
  const basic = Buffer.from('gateway:s3cret@word').toString('base64');
  const expectNoCredentialsIn = (output: string) => {
    for (const secret of ['s3cret', basic]) expect(output).not.toContain(secret);
  };

  test('are sent to the proxy, and are in no log line', async () => {
    const { url, output } = await startBehindProxy({ ...withCredentials(), LOG_LEVEL: 'trace' });
    expect((await create(url)).logStreamId).toBe('made');
    expect(proxy.received[0]?.headers['proxy-authorization']).toBe(`Basic ${basic}`);
    await until(() => output().includes('"msg":"request"'));
    expect(output()).toContain(`through the proxy http://127.0.0.1:${proxy.port}"`);
    expectNoCredentialsIn(output());
  });

  test('are in no log line when the proxy refuses them: the log has its status', async () => {
    proxy.answer = ({ socket }) =>
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
    const { url, output } = await startBehindProxy({ ...withCredentials(), LOG_LEVEL: 'trace' });
    const result = await create(url);
    expect(result).toMatchObject({ ...NOT_SENT, kind: 'UNAVAILABLE' });
    await until(() => output().includes('"msg":"request"'));
    expect(output()).toContain('"error":"PROXY_REPLIED_407"');
    expectNoCredentialsIn(output() + JSON.stringify(result));
    expect(lts.connections()).toBe(0);
  });

  test('are not in the message about a URL that is wrong', async () => {
    const { code, output } = await runProcess({
      LTS_REGION: 'eu-west-101',
      HTTPS_PROXY: 'socks5://gateway:s3cret@proxy.example.com',
    });
    expect(code).toBe(1);
    expect(output).toBe(
      'Invalid settings:\n  HTTPS_PROXY: must be the URL of an HTTP proxy such as http://proxy.example.com:3128\n',
    );
  });
});

describe('a create was not sent, and can be tried again, when the proxy', () => {
  const silent: ConnectProxy['answer'] = ({ socket }) => void socket.resume();
  const replies =
    (text: string): ConnectProxy['answer'] =>
    ({ socket }) =>
      void socket.end(text);

  test.each<[string, { answer?: ConnectProxy['answer']; env?: Record<string, string>; error?: string }]>([
    ['is not there', { env: { HTTPS_PROXY: 'http://127.0.0.1:1' }, error: 'ECONNREFUSED' }],
    ['closes the connection', { answer: ({ socket }) => void socket.destroy() }],
    [
      'replies 403 with a body that looks like a reply of LTS',
      { answer: replies(rawReply(403, { error_code: 'LTS.0205', error_msg: 'exists' })) },
    ],
    ['does not speak HTTP', { answer: replies('SSH-2.0-OpenSSH_9\r\n') }],
    ['opens a tunnel to something that is not LTS', { answer: replies('HTTP/1.1 200 OK\r\n\r\nhello') }],
    [
      'leads to a host with the certificate of another',
      { env: { LTS_ENDPOINT: 'https://lts.example.org' }, error: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    ],
    [
      'does not answer for 10 seconds, before the deadline',
      { answer: silent, env: { LTS_TIMEOUT_MS: '60000' }, error: 'PROXY_TIMEOUT' },
    ],
  ])(
    '%s',
    async (_what, { answer = proxy.answer, env, error = '' }) => {
      proxy.answer = answer;
      const { url, output } = await startBehindProxy(env);
      expect(await create(url)).toMatchObject(NOT_SENT);
      await until(() => output().includes(`"error":"${error}`));
      expect(requests).toEqual([]);
    },
    40_000,
  );

  test('does not answer: the call ends at its deadline, and the connection to the proxy later', async () => {
    proxy.answer = silent;
    const { url, child } = await startBehindProxy({ LTS_TIMEOUT_MS: '300' });
    expect(await create(url)).toMatchObject({ ...NOT_SENT, code: 'GATEWAY.TIMEOUT' });
    await until(() => proxy.received.length === 1);
    await until(() => proxy.open() === 0, 30_000);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect(child.exitCode).toBeNull();
  }, 40_000);

  test('opens the tunnel after the deadline', async () => {
    const open = proxy.answer;
    let late: ConnectRequest | undefined;
    proxy.answer = (request) => {
      late = request;
    };
    const { url } = await startBehindProxy({ LTS_TIMEOUT_MS: '300' });
    expect(await create(url)).toMatchObject({ ...NOT_SENT, code: 'GATEWAY.TIMEOUT' });
    await until(() => late !== undefined);
    if (late) open(late);
    await until(() => proxy.open() === 0);
    expect(requests).toEqual([]);
    proxy.answer = open;
    expect((await create(url)).logStreamId).toBe('made');
  });
});

describe('through a tunnel,', () => {
  test('a create that LTS may have received is not reported as not sent', async () => {
    reply = ({ socket }) => socket.destroy();
    const { url } = await startBehindProxy();
    expect(await create(url)).toMatchObject({ outcome: 'UNKNOWN', isRetryable: false });
    expect(requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  }, 20_000);
});
