import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Locator } from 'playwright-core';
import { TEXTS } from '../../examples/web/src/texts.ts';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { errorBody } from '../../src/http/error-replies.ts';
import type { CircuitBreaker } from '../../src/lts/circuit-breaker.ts';
import { overloaded } from '../../src/lts/failure.ts';
import { freePort } from '../support/free-port.ts';
import { startGateway, TOKEN } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { hasChromium } from './chromium.ts';
import {
  alert,
  browser,
  context,
  gateway,
  hasFocus,
  inspectPage,
  isFocused,
  isInWindow,
  LOOKS,
  lts,
  openExample,
  PATIENCE_MS,
  page,
  server,
  status,
  useExample,
  wordsOf,
} from './example-page.ts';

jest.setTimeout(120_000);
const { projectId, groupId, otherGroupId } = DEMO;

/** Makes the gateway refuse its calls to LTS, as it does when the circuit is open. */
let refusesCallsFor: number | null = null;

(hasChromium ? describe : describe.skip)('the example page', () => {
  const circuitBreaker: CircuitBreaker = async (call) => {
    if (refusesCallsFor !== null) throw overloaded('circuit_open', { retryAfterSeconds: refusesCallsFor });
    return call(false);
  };
  useExample((ltsUrl) => startGateway(ltsUrl, {}, { circuitBreaker }));

  describe.each(LOOKS)('in $language, $width px, $colorScheme', (look) => {
    const { texts, messages } = wordsOf(look);
    const withTryAgain = (key: string) => messages[key] + messages.separator + messages.tryAgain;

    beforeEach(async () => {
      refusesCallsFor = null;
      await openExample(look);
    });

    test('creates a log stream by keyboard alone, and the list has it without another request', async () => {
      await inspect('sign-in');
      await tabTo(page.getByLabel(texts.projectId));
      await page.keyboard.type(projectId);
      await tabTo(page.getByLabel(texts.token));
      await page.keyboard.type(TOKEN);
      await page.keyboard.press('Enter');
      await item('access').waitFor();
      await tabTo(page.getByLabel(texts.name));
      await page.keyboard.type('orders');
      await tabTo(page.getByLabel(texts.retention));
      await page.keyboard.type('14');
      await page.keyboard.press('Enter');
      await status(texts.created('orders')).waitFor();
      await item('orders').getByText(texts.days(14)).waitFor();
      await inspect('created');
      expect(await page.getByLabel(texts.name).inputValue()).toBe('');
      expect(server.requests.map(({ operationName }) => operationName)).toEqual([
        'LogGroups',
        'LogGroup',
        'CreateLogStream',
      ]);
    });

    test('keeps the token out of the URL and the storage, and asks in its language', async () => {
      await signIn();
      expect(page.url()).toBe(`${server.url}/`);
      expect(await page.evaluate('localStorage.length + sessionStorage.length')).toBe(0);
      expect(await context.cookies()).toEqual([]);
      expect(server.requests[0]?.headers).toMatchObject({
        'x-auth-token': TOKEN,
        'accept-language': texts.tag,
      });
      await page.reload();
      await page.getByRole('button', { name: texts.signIn }).waitFor();
      expect(await page.getByLabel(texts.token).inputValue()).toBe('');
    });

    test('shows a create as done that the browser has sent twice by itself', async () => {
      await signIn();
      lts.calls.clear();
      server.dropsResponseTo = 'CreateLogStream';
      await create('orders', '14');
      await status(texts.created('orders')).waitFor();
      await item('orders').getByText(texts.days(14)).waitFor();
      const sent = server.requests.filter(({ operationName }) => operationName === 'CreateLogStream');
      expect(sent).toHaveLength(2);
      expect(lts.calls.get('CreateLogStream')).toBe(2);
    });

    test.each([
      ['yesterday', 86_400_000],
      ['a minute ago', 60_000],
    ])("does not take what somebody else created %s for the user's own", async (_, agoMs) => {
      await signIn();
      const stream = lts.store.addStream(lts.store.groupOf(groupId), {
        log_stream_name: 'orders',
        ttl_in_days: 14,
      });
      stream.creation_time -= agoMs;
      await create('orders', '14');
      await page.getByRole('button', { name: texts.open('orders') }).waitFor();
      expect(await status(texts.created('orders')).count()).toBe(0);
    });

    test('shows the log streams of the log group that is chosen', async () => {
      lts.store.addStream(lts.store.groupOf(otherGroupId), { log_stream_name: 'taps' });
      await signIn();
      await page.getByLabel(texts.logGroup).selectOption('mobile-app');
      await page.getByRole('heading', { name: texts.logStreamsOf('mobile-app') }).waitFor();
      await item('taps').getByText(texts.asLogGroup).waitFor();
      expect(await item('access').count()).toBe(0);
    });

    test('shows what is wrong beside the fields, and moves the focus to the first', async () => {
      await signIn();
      await create('_orders', '999');
      await hasFieldError(texts.name, messages['rule.nameStart']);
      await hasFieldError(texts.retention, messages['rule.retention']);
      await hasFocus(page.getByLabel(texts.name));
      await inspect('field-errors');
      await create('orders', 'a week');
      await hasFieldError(texts.retention, texts.notValid);
      await hasFocus(page.getByLabel(texts.retention));
      expect(await page.getByLabel(texts.name).getAttribute('aria-invalid')).toBeNull();
    });

    test('opens the log stream that already has the name', async () => {
      await signIn();
      const stream = lts.store.addStream(lts.store.groupOf(groupId), { log_stream_name: 'orders' }); // not in the list yet
      stream.creation_time -= 60_000;
      await create('orders');
      await hasFieldError(texts.name, messages['code.LTS.0205']);
      await inspect('already-exists');
      await page.getByRole('button', { name: texts.open('orders') }).click();
      await hasFocus(item('orders').locator('summary'));
      expect(await item('orders').getAttribute('open')).not.toBeNull();
      await inspect('opened');
    });

    test('counts the seconds until a retry can succeed', async () => {
      await signIn();
      refusesCallsFor = 30;
      await create('orders');
      await alert(messages['code.GATEWAY.OVERLOADED']).waitFor();
      const [before, after] = texts.tryAgainIn(30).split('30');
      const waiting = page.getByRole('button', {
        name: new RegExp(`^${before}\\d+${after}$`),
        disabled: true,
      });
      await waiting.waitFor();
      await inspect('countdown');
      await page.clock.fastForward(20_000);
      await until(async () => secondsIn(await waiting.textContent()) <= 10, PATIENCE_MS);
      refusesCallsFor = null;
      await page.clock.fastForward(15_000);
      await page.getByRole('button', { name: texts.tryAgain, exact: true }).click();
      await status(texts.created('orders')).waitFor();
    });

    test('retries at once where nobody says how long to wait', async () => {
      await signIn();
      lts.faults.failNext({ operation: 'CreateLogStream', when: 'before', kind: 'tooManyRequests' });
      await create('orders');
      await alert(withTryAgain('kind.RATE_LIMITED')).waitFor();
      await page.getByRole('button', { name: texts.tryAgain, exact: true }).click();
      await status(texts.created('orders')).waitFor();
      await hasFocus(page.getByRole('button', { name: texts.create, exact: true }));
    });

    test('finds a log stream of which it was unknown whether it was created', async () => {
      await signIn();
      await loseOutcome('after');
      await inspect('unknown');
      await page.getByRole('button', { name: texts.lookAgain }).click();
      await status(texts.wasCreated('orders')).waitFor();
      await hasFocus(item('orders').locator('summary'));
      expect(await page.getByRole('button', { name: texts.lookAgain }).count()).toBe(0);
    });

    test('says that the log stream is not there, and creates it again', async () => {
      await signIn();
      await loseOutcome('before');
      await page.getByRole('button', { name: texts.lookAgain }).click();
      await status(texts.notInList('orders')).waitFor();
      await inspect('not-in-list');
      await page.getByRole('button', { name: texts.createAgain }).click();
      await status(texts.created('orders')).waitFor();
    });

    test('reads the list again where the result of a create is without it', async () => {
      await signIn();
      const fault = { operation: 'ListLogGroups', when: 'before', kind: 'reset' } as const;
      lts.faults.failNext(fault, fault); // a read is tried twice
      await create('orders');
      await item('orders').waitFor();
      expect(server.requests.at(-1)?.operationName).toBe('LogGroup');
    });

    test('deletes after a question, and returns the focus', async () => {
      await signIn();
      const dialog = page.getByRole('dialog', { name: texts.deleteQuestion('access') });
      const opener = page.getByRole('button', { name: texts.deleteStream('access') });
      await item('access').locator('summary').click();
      await opener.press('Enter');
      await dialog.waitFor();
      await inspect('delete');
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
      await hasFocus(opener);

      await opener.press('Enter');
      await dialog.getByRole('button', { name: texts.delete }).click();
      await status(texts.deleted('access')).waitFor();
      await item('access').waitFor({ state: 'detached' });
      await hasFocus(page.getByRole('heading', { name: texts.logStreamsOf('web-shop') }));
      expect(server.requests.at(-1)?.operationName).toBe('DeleteLogStream');
    });

    test('says in the dialog why a log stream cannot be deleted', async () => {
      const [streamId] = lts.store.groupOf(groupId).streams.keys();
      lts.store.inTransfer.add(String(streamId));
      await signIn();
      await deleteAccess();
      await page.getByRole('dialog').getByText(messages['code.LTS.0207']).waitFor();
      await inspect('delete-in-use');
    });

    test('sends a delete again that has failed', async () => {
      await signIn();
      lts.faults.failNext({ operation: 'DeleteLogStream', when: 'before', kind: 'tooManyRequests' });
      await deleteAccess();
      const dialog = page.getByRole('dialog');
      await dialog.getByText(messages['kind.RATE_LIMITED']).waitFor();
      await dialog.getByRole('button', { name: texts.tryAgain }).click();
      await status(texts.deleted('access')).waitFor();
      await dialog.waitFor({ state: 'hidden' });
    });

    test('takes a log stream off the list that somebody else has deleted', async () => {
      await signIn();
      lts.store.groupOf(groupId).streams.clear();
      await deleteAccess();
      await status(texts.wasGone('access')).waitFor();
      await page.getByText(texts.noLogStreams).waitFor();
      await inspect('empty');
    });

    test.each(['query', 'mutation'])(
      'asks to sign in again when the token has expired, in a %s',
      async (at) => {
        if (at === 'query') server.token = 'expired';
        await signIn({ waits: at === 'mutation' });
        server.token = 'expired';
        if (at === 'mutation') await create('orders');
        await alert(texts.expired).waitFor();
        await hasFocus(page.getByLabel(texts.token));
        expect(await page.getByLabel(texts.projectId).inputValue()).toBe(projectId);
        await inspect('expired');
        server.token = null;
        await page.keyboard.type(TOKEN);
        await page.keyboard.press('Enter');
        await item('access').waitFor();
      },
    );

    test('shows a failed list, and reads it again', async () => {
      server.token = 'broken';
      await signIn({ waits: false });
      await alert(withTryAgain('kind.INTERNAL')).waitFor();
      await inspect('list-failed');
      server.token = null;
      await page.getByRole('button', { name: texts.tryAgain }).click();
      await item('access').waitFor();
      await hasFocus(page.getByRole('main'));
    });

    test('shows that the gateway refuses more requests (429)', async () => {
      const limited = await startGateway(lts.url, { rateLimit: 2 });
      try {
        server.gateway = limited.url;
        await signIn();
        await create('orders');
        await alert(messages['error.RATE_LIMITED']).waitFor();
        await inspect('rate-limited');
        server.gateway = gateway.url;
        await page.clock.fastForward(60_000);
        await page.getByRole('button', { name: texts.tryAgain, exact: true }).click();
        await status(texts.created('orders')).waitFor();
      } finally {
        await limited.close();
      }
    });

    test('shows that the gateway is overloaded (503)', async () => {
      await signIn();
      const refused = {
        code: 'OVERLOADED',
        message: 'for developers',
        retryAfterSeconds: 1,
        requestId: 'r-1',
      };
      server.refusal = { status: 503, body: errorBody(refused, look.messages) };
      await create('orders');
      await alert(messages['error.OVERLOADED']).waitFor();
      await page.clock.fastForward(2_000);
      await page.getByRole('button', { name: texts.tryAgain, exact: true }).click();
      await status(texts.created('orders')).waitFor();
    });

    test('shows that there is no network, and retries', async () => {
      await signIn();
      await context.setOffline(true);
      await create('orders');
      await alert(texts.noConnection).waitFor();
      await inspect('offline');
      await context.setOffline(false);
      await page.getByRole('button', { name: texts.tryAgain }).click();
      await status(texts.created('orders')).waitFor();
    });

    test('shows what became of a create inside of the window, also below a long list', async () => {
      const group = lts.store.groupOf(groupId);
      for (let number = 0; number < 40; number += 1)
        lts.store.addStream(group, { log_stream_name: `stream-${number}` });
      await signIn();
      await loseOutcome('after');
      await isInWindow(page.getByText(messages['outcome.logStream.unknown']));
      await page.getByRole('button', { name: texts.lookAgain }).click();
      await isInWindow(status(texts.wasCreated('orders')));
      await create('newer');
      await isInWindow(status(texts.created('newer')));
      await create('access');
      await isInWindow(page.getByText(messages['code.LTS.0205']));
    });

    test('changes the language, and keeps what was typed', async () => {
      await signIn();
      await create('_orders');
      await hasFieldError(texts.name, messages['rule.nameStart']);
      const other = look.language === 'en' ? TEXTS.zh : TEXTS.en;
      await page.getByLabel(texts.language).selectOption(look.language === 'en' ? 'zh' : 'en');
      await page.getByRole('heading', { name: other.title, exact: true }).waitFor();
      expect(await page.locator('html').getAttribute('lang')).toBe(other.tag);
      await page.getByText(messages['rule.nameStart']).waitFor({ state: 'detached' });
      expect(await page.getByLabel(other.name).inputValue()).toBe('_orders');
      await page.getByRole('button', { name: other.create, exact: true }).click();
      await until(() => server.requests.at(-1)?.headers['accept-language'] === other.tag, PATIENCE_MS);
    });

    async function signIn({ waits = true } = {}): Promise<void> {
      await page.getByLabel(texts.projectId).fill(projectId);
      await page.getByLabel(texts.token).fill(TOKEN);
      await page.getByRole('button', { name: texts.signIn }).click();
      if (waits) await item('access').waitFor();
    }

    async function create(name: string, retention = ''): Promise<void> {
      await page.getByLabel(texts.name).fill(name);
      await page.getByLabel(texts.retention).fill(retention);
      await page.getByRole('button', { name: texts.create, exact: true }).click();
    }

    async function deleteAccess(): Promise<void> {
      await item('access').locator('summary').click();
      await page.getByRole('button', { name: texts.deleteStream('access') }).click();
      await page.getByRole('dialog').getByRole('button', { name: texts.delete }).click();
    }

    /** Creates `orders` so that the gateway cannot find out whether LTS has. */
    async function loseOutcome(when: 'before' | 'after'): Promise<void> {
      lts.faults.failNext({ operation: 'CreateLogStream', when, kind: 'reset' });
      const lists = { operation: 'ListLogStream', when: 'before', kind: 'badGateway' } as const;
      lts.faults.failNext(...Array.from({ length: 100 }, () => lists));
      await create('orders');
      await page.getByText(messages['outcome.logStream.unknown']).waitFor();
      lts.faults.clear();
    }

    async function hasFieldError(label: string, message: string): Promise<void> {
      const field = page.getByLabel(label);
      await page.getByText(message).waitFor();
      expect(await field.getAttribute('aria-invalid')).toBe('true');
      const ids = String(await field.getAttribute('aria-describedby')).split(' ');
      const described = await Promise.all(ids.map((id) => page.locator(`[id="${id}"]`).textContent()));
      expect(described).toContain(message);
    }

    const inspect = (name: string) => inspectPage(name, look, true);
  });

  const item = (name: string): Locator => page.locator('details').filter({ hasText: name });

  async function tabTo(locator: Locator): Promise<void> {
    for (let presses = 0; presses < 20; presses += 1) {
      await page.keyboard.press('Tab');
      if (await isFocused(locator)) return;
    }
    throw new Error(`the Tab key does not reach ${locator}`);
  }

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'one command starts the gateway and the page, filled in, and %s ends both',
    async (signal) => {
      const port = await freePort();
      const { LTS_REGION: _, LTS_ENDPOINT: __, ...env } = process.env;
      // What `npm run example` does after the build, in a shell as well: npm signals the shell alone.
      const { example } = JSON.parse(readFileSync('package.json', 'utf8')).scripts;
      const child = spawn('sh', ['-c', `true && ${example.split(' && ').at(-1)}`], {
        env: { ...env, NODE_ENV: 'development', PORT: String(port), NO_COLOR: '1' },
      });
      const exited = once(child, 'exit');
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
      try {
        const address = () => /The example page: open (http:\S+)/.exec(output)?.[1];
        await until(() => address() !== undefined, PATIENCE_MS);
        const filledIn = await browser.newPage();
        await filledIn.goto(String(address()));
        const given = (label: string) => filledIn.getByLabel(label).inputValue();
        await until(async () => (await given('Project ID')) === projectId, PATIENCE_MS);
        expect(await given('IAM token')).toBe(DEMO.token);
        await filledIn.close();
        const response = await fetch(new URL('/graphql', address()), {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-auth-token': DEMO.token },
          body: JSON.stringify({ query: `{ logGroups(projectId: "${projectId}") { name } }` }),
        });
        expect(await response.json()).toEqual({
          data: { logGroups: [{ name: 'web-shop' }, { name: 'mobile-app' }] },
        });
        child.kill(signal);
        expect(await exited).toEqual([signal === 'SIGTERM' ? 143 : 0, null]); // 143 is Vite's
        for (const url of [`http://127.0.0.1:${port}/livez`, String(address())])
          await expect(fetch(url)).rejects.toThrow('fetch failed');
      } finally {
        child.kill('SIGKILL');
      }
    },
  );
});

const secondsIn = (text: string | null) => Number.parseInt(/\d+/.exec(text ?? '')?.[0] ?? '', 10);
