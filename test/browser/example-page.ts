import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { TEXTS } from '../../examples/web/src/texts.ts';
import { type EmbeddedLts, startEmbeddedLts } from '../../src/embedded-lts/embedded-lts.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { type PageServer, startPageServer } from '../support/page-server.ts';
import { until } from '../support/until.ts';
import { launchChromium } from './chromium.ts';

/** For what a browser does on a busy machine. */
export const PATIENCE_MS = 30_000;
/** The folder of the example page. */
const EXAMPLE = 'examples/web';

/** How people see the page. */
export const LOOKS = [
  { language: 'en', locale: 'en-GB', width: 1280, colorScheme: 'light', messages: 'en' },
  { language: 'zh', locale: 'zh-CN', width: 360, colorScheme: 'dark', messages: 'zh-Hans' },
] as const;
export type Look = (typeof LOOKS)[number];

/** The texts of the page and of the gateway. */
export const wordsOf = ({ language, messages }: Look) => ({
  texts: TEXTS[language],
  messages: JSON.parse(readFileSync(`src/messages/${messages}.json`, 'utf8')),
});

/** What runs for all tests of a file, after `useExample`. */
export let browser: Browser;
export let lts: EmbeddedLts;
export let gateway: RunningGateway;
export let server: PageServer;
/** What the test that is running has opened. */
export let context: BrowserContext;
export let page: Page;
/** What the browser has logged as an error or a warning since then. */
let errors: string[] = [];

/**
 * Serves the page, with a gateway on an embedded LTS that has the data of its start before each test. Each test must use
 * up the faults that it prepares. To be called at the top of a block.
 */
export function useExample(startGatewayOn: (ltsUrl: string) => Promise<RunningGateway> = startGateway): void {
  beforeAll(async () => {
    browser = await launchChromium();
    lts = await startEmbeddedLts();
    gateway = await startGatewayOn(lts.url);
    server = await startPageServer(`${EXAMPLE}/dist`, gateway.url);
  });
  beforeEach(() => {
    lts.store.reset();
    Object.assign(server, { gateway: gateway.url, token: null, refusal: null, dropsResponseTo: null });
    server.requests.length = 0;
  });
  afterEach(async () => {
    await context?.close();
    expect(errors).toEqual([]);
    expect(lts.faults.pending).toBe(0);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await gateway?.close();
    await lts?.close();
  });
}

/** Opens the page as a person does who has such a screen and such settings. */
export async function openExample(
  { locale, width, colorScheme }: Look,
  options: BrowserContextOptions = {},
): Promise<void> {
  const viewport = { width, height: 850 };
  context = await browser.newContext({ locale, colorScheme, viewport, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  page = await context.newPage();
  errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    const isExpected = message.text().startsWith('Failed to load resource');
    if (['error', 'warning'].includes(message.type()) && !isExpected) errors.push(message.text());
  });
  await page.clock.install();
  await page.goto(server.url);
}

export const status = (text: string): Locator => page.getByRole('status').getByText(text, { exact: true });
export const alert = (text: string): Locator => page.getByRole('alert').getByText(text);

/** Checks the page as it is now, and saves a picture of it in the folder `SCREENSHOTS`, if that is set. */
export async function inspectPage(name: string, look: Look, fullPage: boolean): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (folder) {
    const file = `${folder}/${name}-${look.language}-${look.width}-${look.colorScheme}.png`;
    await page.screenshot({ path: file, fullPage });
  }
  if (!(await page.evaluate('"axe" in window')))
    await page.addScriptTag({ path: `${EXAMPLE}/node_modules/axe-core/axe.min.js` });
  const { violations } = (await page.evaluate('axe.run()')) as {
    violations: { id: string; nodes: any[] }[];
  };
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  expect(await page.evaluate(TOO_WIDE_OR_SMALL)).toEqual([]);
}

export const isFocused = (locator: Locator): Promise<boolean> =>
  locator.evaluate((element: any) => element === element.ownerDocument.activeElement);

export const hasFocus = (locator: Locator): Promise<void> => until(() => isFocused(locator), PATIENCE_MS);

/** Waits until all of it is inside of the window. */
export async function isInWindow(locator: Locator): Promise<void> {
  await locator.waitFor();
  const isInside = (element: any) => {
    const { top, bottom } = element.getBoundingClientRect();
    return top >= 0 && bottom <= element.ownerDocument.documentElement.clientHeight;
  };
  await until(() => locator.evaluate(isInside), PATIENCE_MS);
}

/** Describes what is wider than the window, and text that is smaller than 14 px. */
const TOO_WIDE_OR_SMALL = `(() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  const small = [...document.querySelectorAll('body *')].filter((element) => {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    return hasText && Number.parseFloat(getComputedStyle(element).fontSize) < 14;
  });
  return [
    ...(scrollWidth > clientWidth ? [\`\${scrollWidth} px wide\`] : []),
    ...small.map((element) => element.outerHTML),
  ];
})()`;
