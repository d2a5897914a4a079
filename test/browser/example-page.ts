import { expect } from '@jest/globals';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { until } from '../support/until.ts';

/** For what a browser does on a busy machine. */
export const PATIENCE_MS = 30_000;
/** The folder of the example page. */
export const EXAMPLE = 'examples/web';

/** How a person sees the page. */
export interface Look {
  readonly language: string;
  readonly locale: string;
  readonly width: number;
  readonly colorScheme: 'light' | 'dark';
}

/** @returns what is opened, with what the browser logs as an error or a warning from then on */
export async function openExample(
  browser: Browser,
  url: string,
  { locale, width, colorScheme }: Look,
  options: BrowserContextOptions = {},
) {
  const context = await browser.newContext({
    locale,
    colorScheme,
    viewport: { width, height: 850 },
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    const isExpected = message.text().startsWith('Failed to load resource');
    if (['error', 'warning'].includes(message.type()) && !isExpected) errors.push(message.text());
  });
  await page.clock.install();
  await page.goto(url);
  return { context, page, errors };
}

/** Checks the page as it is now, and saves a picture of it in the folder `SCREENSHOTS`, if that is set. */
export async function inspectPage(page: Page, name: string, look: Look, fullPage: boolean): Promise<void> {
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
