import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { createApolloClient, createWithApollo } from '../../clients/web/apollo-client.ts';
import { createLogStream, type SendCreate } from '../../clients/web/create-log-stream.ts';
import { createUrqlClient, createWithUrql } from '../../clients/web/urql-client.ts';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { replyWith } from '../support/scripted-server.ts';
import { useGateway, useGatewayOnEmbeddedLts, useGateways } from '../support/use-gateways.ts';

const { projectId, groupId } = DEMO;
const atOnce = async () => {};
const create = (name: string, ttlInDays = 7) => ({ projectId, groupId, input: { name, ttlInDays } });

test('clients/web.md shows the files that are tested here', () => {
  const page = readFileSync('clients/web.md', 'utf8');
  const blocks = [...page.matchAll(/^```ts\n\/\/ (\S+)\n\n(.*?)^```$/gms)];
  expect(blocks.map(([, file]) => file)).toEqual([
    'web/apollo-client.ts',
    'web/urql-client.ts',
    'web/create-log-stream.ts',
  ]);
  for (const [, file, text] of blocks) expect(readFileSync(`clients/${file}`, 'utf8')).toBe(text);
});

describe.each<[string, (url: string, token: string) => { send: SendCreate; stop(): void }]>([
  [
    'Apollo Client',
    (url, token) => {
      const client = createApolloClient(`${url}/graphql`, async () => token);
      return { send: createWithApollo(client), stop: () => client.stop() };
    },
  ],
  [
    'urql',
    (url, token) => ({
      send: createWithUrql(createUrqlClient(`${url}/graphql`, () => token)),
      stop() {},
    }),
  ],
])('with %s,', (_name, connect) => {
  const { gateway, lts } = useGatewayOnEmbeddedLts();
  const { gateway: onScripted, scripted } = useGateway();
  const startGateway = useGateways();
  let stop: () => void;
  afterEach(() => stop());

  const sendOf = (token = 'any', url = gateway.url) => {
    const client = connect(url, token);
    stop = client.stop;
    return client.send;
  };

  /** Loses the first response, of a create that reaches the gateway or does not. */
  const losingFirst = (send: SendCreate, { reaches }: { reaches: boolean }) => {
    let sent = 0;
    return async (variables: Parameters<SendCreate>[0]) => {
      sent += 1;
      if (sent > 1) return send(variables);
      if (reaches) await send(variables);
      return { isConnectionLost: true } as const;
    };
  };
  /** What somebody else creates with the name `new`. */
  const addNew = (ttl_in_days: number) =>
    lts.store.addStream(lts.store.groupOf(groupId), { log_stream_name: 'new', ttl_in_days });
  const SHOWN = { view: 'logStream', id: expect.any(String) };

  test('a create that succeeds shows the log stream', async () => {
    expect(await createLogStream(sendOf(), create('new'))).toEqual(SHOWN);
  });

  test('a name that is taken, or a value that breaks a rule, shows the form', async () => {
    const send = sendOf();
    const inputErrors = [{ path: ['input', 'name'], message: expect.any(String) }];
    for (const name of ['access', '.'])
      expect(await createLogStream(send, create(name))).toMatchObject({ view: 'form', inputErrors });
  });

  test('a token that has expired asks to sign in', async () => {
    expect(await createLogStream(sendOf('expired'), create('new'))).toEqual({ view: 'signIn' });
  });

  test('an error of the gateway shows its localizedMessage', async () => {
    const shown = await createLogStream(sendOf(), create('new', 'seven' as unknown as number));
    expect(shown).toEqual({ view: 'message', text: expect.stringContaining('.') });
  });

  test('a refusal is repeated after retryAfterSeconds', async () => {
    const refuse = replyWith(429, { error_code: 'APIGW.0308', error_msg: 'Slow.' }, { 'retry-after': '0' });
    const accept = replyWith(201, { log_stream_id: 'new-id' });
    scripted.answer = (...call) => (scripted.received.length === 1 ? refuse(...call) : accept(...call));
    const shown = await createLogStream(sendOf('any', onScripted.url), create('new'));
    expect(shown).toEqual({ view: 'logStream', id: 'new-id' });
  });

  test('a refusal before GraphQL is repeated after retryAfterSeconds, then shown', async () => {
    const limited = await startGateway(lts.url, { rateLimit: 1 });
    const send = sendOf('any', limited.url);
    expect(await createLogStream(send, create('new'))).toMatchObject({ view: 'logStream' });
    const waits: number[] = [];
    const shown = await createLogStream(send, create('newer'), async (seconds) => void waits.push(seconds));
    expect(shown).toEqual({ view: 'message', text: expect.stringMatching(/^[A-Z].*\.$/) });
    expect(waits).toHaveLength(2);
    for (const seconds of waits) expect(seconds).toBeGreaterThan(2 ** 2); // told, not our own
  });

  test('a response that is lost: the create is sent again, and the log stream of that name is shown', async () => {
    const send = losingFirst(sendOf(), { reaches: true });
    expect(await createLogStream(send, create('new'), atOnce)).toEqual(SHOWN);
  });

  test('a create that the network has sent twice shows the log stream', async () => {
    const send = sendOf();
    const sendsTwice: SendCreate = async (variables) => {
      await send(variables);
      return send(variables);
    };
    expect(await createLogStream(sendsTwice, create('new'), atOnce)).toEqual(SHOWN);
  });

  test.each([
    ['was created a day ago', 86_400_000, 7],
    ['was created a minute ago', 60_000, 7],
    ['has another retention', 0, 8],
  ])("a log stream that %s is not taken for the app's own", async (_, agoMs, ttl_in_days) => {
    const stream = addNew(ttl_in_days);
    stream.creation_time -= agoMs;
    const send = losingFirst(sendOf(), { reaches: false });
    expect(await createLogStream(send, create('new'), atOnce)).toMatchObject({
      view: 'form',
      inputErrors: [{ path: ['input', 'name'] }],
      existing: { id: stream.log_stream_id, name: 'new' },
    });
  });

  test("what somebody else creates between a refusal and the next attempt is not taken for the app's own", async () => {
    const send = sendOf();
    lts.faults.failNext({ kind: 'tooManyRequests', when: 'before', operation: 'CreateLogStream' });
    const shown = await createLogStream(send, create('new'), async () => {
      const stream = addNew(7);
      // As if the wait had taken a minute, and this had been created in the middle of it.
      const before = performance.now.bind(performance);
      jest.spyOn(performance, 'now').mockImplementation(() => before() + 60_000);
      stream.creation_time -= 30_000;
    });
    jest.restoreAllMocks();
    expect(shown).toMatchObject({ view: 'form', existing: { name: 'new' } });
  });

  test('a gateway that cannot be reached is a lost connection', async () => {
    expect(await sendOf('any', 'http://127.0.0.1:1')(create('new'))).toEqual({ isConnectionLost: true });
  });

  test('a member and a kind that were added later get the default branch', async () => {
    const respondWith = (createLogStream: object) => replyWith(200, { data: { createLogStream } });
    scripted.answer = respondWith({ __typename: 'LaterError', message: 'Later.' });
    const send = sendOf('any', scripted.url);
    expect(await createLogStream(send, create('new'))).toEqual({ view: 'message', text: 'Later.' });
    scripted.answer = respondWith({
      __typename: 'LtsError',
      message: 'm',
      code: 'c',
      kind: 'LATER',
      outcome: 'NOT_APPLIED',
      isRetryable: false,
      retryAfterSeconds: null,
      localizedMessage: 'A sentence.',
      inputErrors: [],
      requestId: 'r',
      existingLogStream: null,
    });
    expect(await createLogStream(send, create('new'))).toEqual({ view: 'message', text: 'A sentence.' });
  });
});
