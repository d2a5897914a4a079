import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Locator } from 'playwright-core';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { type StoredLog, timeOf } from '../../src/embedded-lts/stream-logs.ts';
import { TOKEN } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { hasChromium } from './chromium.ts';
import {
  alert,
  context,
  hasFocus,
  inspectPage,
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
const { projectId, groupId, streamId } = DEMO;
const DAY = '86400';
const PAGE = 50;

(hasChromium ? describe : describe.skip)('the logs of a log stream', () => {
  useExample();

  describe.each(LOOKS)('in $language, $width px, $colorScheme', (look) => {
    const { texts, messages } = wordsOf(look);

    beforeEach(async () => {
      lts.store.isGrowing = false;
      await openExample(look, { timezoneId: 'Asia/Shanghai' });
      await page.getByLabel(texts.projectId).fill(projectId);
      await page.getByLabel(texts.token).fill(TOKEN);
      await page.getByRole('button', { name: texts.signIn }).click();
    });

    test('are the newest first, and the way back has the focus of before', async () => {
      const opener = page.getByRole('button', { name: texts.logsOf('access') });
      await opener.press('Enter');
      await hasFocus(page.getByRole('heading', { name: texts.logsOf('access') }));
      await lines().first().waitFor();
      const { length } = stored().filter((log) => timeOf(log) >= Date.now() - 3_600_000);
      await hasLines(length);
      expect(await shown()).toEqual(newest(length));
      await status(texts.shown(length, String(length))).waitFor();
      await lines().first().getByText(texts.labels(6)).click();
      await lines().first().getByText('nameSpace').waitFor();
      await inspect('logs');
      await page.getByRole('button', { name: texts.backToLogStreams }).press('Enter');
      await hasFocus(opener);
      await page.getByLabel(texts.name).waitFor();
    });

    test('have the time of the person', async () => {
      const at = Math.floor(Date.now() / 1_000) * 1_000 - 1_000;
      await write({ content: 'now', at });
      await openLogs('access');
      const words = new Date(at).toLocaleTimeString(look.locale, { timeZone: 'Asia/Shanghai' });
      await line('now').getByText(words.slice(0, 8)).waitFor();
    });

    test('that have been written since are found by a new search, and by a keyword', async () => {
      await openLogs('access');
      await lines().first().waitFor();
      await write({ content: 'WARN disk of ecs-7 is nearly full' });
      await page.getByRole('button', { name: texts.newestLogs }).click();
      await lines().first().getByText('disk of ecs-7').waitFor();
      await hasFocus(page.getByRole('button', { name: texts.newestLogs }));
      await page.getByLabel(texts.keywords).fill('nearly disk');
      await page.keyboard.press('Enter');
      await status(texts.shown(1, '1')).waitFor();
      expect((await shown()).map(([, content]) => content)).toEqual(['WARN disk of ecs-7 is nearly full']);
      await page.getByText(texts.total(1, '1')).waitFor();
      expect(page.url()).toBe(`${server.url}/`);
      await page.getByLabel(texts.keywords).fill('nowhere');
      await page.keyboard.press('Enter');
      await status(texts.nothingFound).waitFor();
      await inspect('logs-nothing-found');
    });

    test('follow page by page while a person scrolls, each of them once', async () => {
      await openDay();
      await write({ content: 'comes too late for this search' });
      for (let count = PAGE; count < 400; count += PAGE) {
        await page.locator('.older').scrollIntoViewIfNeeded();
        await until(async () => (await lines().count()) > count, PATIENCE_MS);
      }
      await page.locator('.older').scrollIntoViewIfNeeded();
      await page.getByText(texts.noOlder).waitFor();
      expect(await shown()).toEqual(newest(401).slice(1));
      expect(sent('Logs')).toBe(1 + 400 / PAGE + 1); // the last hour, full pages, and an empty one
    });

    test('do not follow by themselves where nothing is scrolled', async () => {
      await openDay();
      await page.getByText(texts.total(400, '400')).waitFor();
      expect(sent('Logs')).toBe(2);
    });

    test('are incomplete where LTS has not looked at everything, and follow by a button alone', async () => {
      await openLogs('access');
      await lines().first().waitFor();
      lts.faults.failNext({ operation: 'ListLogs', when: 'after', kind: 'incomplete' });
      await searchDay();
      await page.getByText(texts.incomplete).waitFor();
      const older = page.getByRole('button', { name: texts.showOlder });
      await older.scrollIntoViewIfNeeded();
      await inspect('logs-incomplete');
      expect(await lines().count()).toBe(PAGE / 2);
      expect(sent('Logs')).toBe(2);
      await older.press('Enter');
      await hasFocus(lines().nth(PAGE / 2));
      await page.getByText(texts.incomplete).waitFor({ state: 'detached' });
      expect(await shown()).toEqual(newest(await lines().count()));
    });

    test('wait as long as LTS asks for after a failure, and then go on', async () => {
      await openDay();
      lts.faults.failNext({ operation: 'ListLogs', when: 'before', kind: 'tooManyRequests', retryAfter: 40 });
      await page.getByText(texts.showOlder).scrollIntoViewIfNeeded();
      await alert(messages['kind.RATE_LIMITED']).waitFor();
      await inspect('logs-rate-limited');
      expect(await page.getByRole('button', { name: texts.tryAgain, exact: true }).count()).toBe(0);
      expect(sent('Logs')).toBe(3);
      await page.clock.fastForward(41_000);
      await page.getByRole('button', { name: texts.tryAgain, exact: true }).press('Enter');
      await hasFocus(lines().nth(PAGE));
      expect((await shown()).slice(0, 2 * PAGE)).toEqual(newest(2 * PAGE));
    });

    test('of an older page that comes after a new search are not in its list', async () => {
      await openDay();
      lts.faults.failNext({ operation: 'ListLogs', when: 'after', kind: 'delay', ms: 2_000 });
      const late = page.waitForResponse((response) =>
        String(response.request().postData()).includes('"after"'),
      );
      await page.locator('.older').scrollIntoViewIfNeeded();
      await page.getByRole('button', { name: texts.showOlder }).waitFor({ state: 'detached' });
      await write({ content: 'new' });
      await page.getByRole('button', { name: texts.newestLogs }).click();
      await line('new').waitFor();
      await (await late).finished();
      await page.locator('.older').scrollIntoViewIfNeeded();
      await until(async () => (await lines().count()) > PAGE, PATIENCE_MS);
      expect(await shown()).toEqual(newest(await lines().count()));
    });

    test('fail as a whole with one message, and are read again', async () => {
      await openLogs('access');
      await lines().first().waitFor();
      await context.setOffline(true);
      await page.getByRole('button', { name: texts.newestLogs }).click();
      await alert(texts.noConnection).waitFor();
      expect(await page.getByRole('alert').count()).toBe(1);
      await inspect('logs-offline');
      await context.setOffline(false);
      await page.getByRole('button', { name: texts.tryAgain }).click();
      await lines().first().waitFor();
    });

    test('are counted by time, also in words', async () => {
      await openLogs('access');
      const now = Date.now();
      await write(...Array.from({ length: 100 }, () => ({ content: 'many', at: now - 60_000 })));
      await searchDay();
      const words = page.locator('figcaption');
      await words.getByText(texts.total(500, '500')).waitFor();
      // The bar of half an hour has what was written at once, and a few others.
      expect(await words.textContent()).toMatch(new RegExp(texts.most('1[01]\\d', '.+', '.+')));
      await inspect('logs-histogram');
      await page.emulateMedia({ forcedColors: 'active' });
      expect(await colorOf('.histogram > svg', 'fill')).toBe(await colorOf('figcaption', 'color'));
    });

    test('have a context, in which the log is marked', async () => {
      await write({ content: 'before' }, { content: 'the one' }, { content: 'after' });
      await openLogs('access');
      const opener = line('the one').getByRole('button');
      await opener.press('Enter');
      const dialog = page.getByRole('dialog', { name: texts.contextHeading });
      await dialog.locator('li').first().waitFor();
      expect(await shown(dialog)).toEqual(newest(12).reverse());
      expect(await dialog.locator('[aria-current=true] pre').allTextContents()).toEqual(['the one']);
      await isInWindow(dialog.locator('[aria-current]'));
      await inspect('log-context');
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      await hasFocus(opener);
      await opener.press('Enter');
      await dialog.getByRole('button', { name: texts.close }).click();
      await hasFocus(opener);
    });

    test('have a context that opens again before the page has heard that it was closed', async () => {
      await openLogs('access');
      const opener = lines().first().getByRole('button');
      await opener.press('Enter');
      const dialog = page.getByRole('dialog', { name: texts.contextHeading });
      await dialog.locator('li').first().waitFor();
      await opener.evaluate((button: any) => {
        button.ownerDocument.querySelector('dialog').close(); // the event comes in a later task
        button.click();
      });
      await page.evaluate(
        'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))',
      );
      await dialog.getByRole('button', { name: texts.close }).click();
      await hasFocus(opener);
    });

    test('are shown as the text that they are', async () => {
      const markup = `<img src=x onerror="document.title='run'"><b>bold</b> &amp; `;
      const labels = { '<i>key': '<script>alert(1)</script>' };
      await write({ content: `${markup}\u0000\u001b[31m`, labels });
      await openLogs('access');
      await lines().first().waitFor();
      expect((await shown())[0]?.[1]).toContain(markup);
      expect(await page.locator('img, li b, li i, li script').count()).toBe(0);
      expect(await page.title()).toBe(texts.title);
    });

    test('are cut where they are long, with a way to see all', async () => {
      const content = 'x'.repeat(999) + '😀'.repeat(2_000);
      await write({ content });
      await openLogs('access');
      const long = lines().first();
      await long.waitFor();
      expect((await shown())[0]?.[1]).toBe(`${'x'.repeat(999)}…`);
      await inspect('logs-long');
      await long.getByRole('button', { name: '4,999' }).press('Enter');
      expect((await shown())[0]?.[1]).toBe(content);
      await long.getByRole('button', { name: texts.showLess }).press('Enter');
      expect((await shown())[0]?.[1]).toBe(`${'x'.repeat(999)}…`);
    });

    test('of a log stream that was just created are none yet, and come', async () => {
      await page.getByLabel(texts.name).fill('orders');
      await page.getByRole('button', { name: texts.create, exact: true }).click();
      await openLogs('orders');
      await status(texts.noLogs).waitFor();
      await page.getByText(texts.noLogsHint).waitFor();
      await inspect('logs-none');
      const created = [...lts.store.groupOf(groupId).streams.values()].at(-1);
      await write({ content: 'the first', streamId: String(created?.log_stream_id) });
      await page.getByRole('button', { name: texts.newestLogs }).click();
      await line('the first').waitFor();
    });

    test('of a log stream that is gone are none, which the page says', async () => {
      await page.getByRole('button', { name: texts.logsOf('access') }).waitFor();
      lts.store.groupOf(groupId).streams.clear();
      await openLogs('access');
      await page.getByText(texts.logStreamGone).waitFor();
    });

    async function openLogs(stream: string): Promise<void> {
      await page.getByRole('button', { name: texts.logsOf(stream) }).click();
      await page.getByRole('heading', { name: texts.logsOf(stream) }).waitFor();
    }

    /** Opens the logs of the last day: there are 400, in full pages. */
    async function openDay(): Promise<void> {
      await openLogs('access');
      await searchDay();
      await hasLines(PAGE);
    }

    async function searchDay(): Promise<void> {
      await page.getByRole('combobox', { name: texts.time }).selectOption(DAY);
      await page.getByRole('button', { name: texts.search, exact: true }).click();
    }

    const inspect = (name: string) => inspectPage(name, look, false);
  });

  const lines = (): Locator => page.locator('main .panel li');
  const line = (content: string): Locator => lines().filter({ hasText: content });
  const stored = (): StoredLog[] => [...lts.store.logsOf(streamId)];
  const sent = (name: string) => server.requests.filter(({ operationName }) => operationName === name).length;
  /** Of so many logs in the store, what `shown` is to return. */
  const newest = (count: number) =>
    stored()
      .slice(-count)
      .reverse()
      .map((log) => [new Date(timeOf(log)).toISOString(), log.content]);
  const hasLines = (count: number) => until(async () => (await lines().count()) === count, PATIENCE_MS);

  /** The time and the content of each log in the page. */
  async function shown(within: Locator = page.locator('main .panel > .logs')): Promise<(string | null)[][]> {
    const items = within.locator('li');
    return items.evaluateAll((all) =>
      all.map((item: any) => [
        item.querySelector('time').getAttribute('datetime'),
        item.querySelector('pre').textContent,
      ]),
    );
  }

  const colorOf = (selector: string, property: string) =>
    page.evaluate(`getComputedStyle(document.querySelector('${selector}')).${property}`);

  /** Writes logs as an app developer does. */
  async function write(
    ...logs: { content: string; at?: number; labels?: Record<string, string>; streamId?: string }[]
  ): Promise<void> {
    const { streamId: id = streamId } = logs[0] ?? {};
    const response = await fetch(`${lts.url}/_logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ groupId, streamId: id, logs: logs.map(({ streamId: _, ...log }) => log) }),
    });
    expect(response.status).toBe(202);
  }
});
