import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page, type Route } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Chromium as Debian packages it. Where there is none, tests that need it are skipped. */
export const hasChromium = existsSync(CHROMIUM);
if (!hasChromium) process.stderr.write(`The tests in a browser are skipped: there is no ${CHROMIUM}\n`);

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Chrome would ask a person whether a page on the internet may call this machine.
      '--disable-features=LocalNetworkAccessChecks',
    ],
  });

export interface OpenedPage {
  readonly page: Page;
  /** URLs of other origins that the page has requested. None of these requests left the machine. */
  readonly elsewhere: string[];
  /** What the browser has logged as an error, violations of the Content-Security-Policy included. */
  readonly errors: string[];
  readonly context: BrowserContext;
}

/**
 * Opens a page in a new profile, without a network.
 *
 * @param answer decides what comes of a request to any other origin
 */
export async function openPage(
  browser: Browser,
  url: string,
  answer: (route: Route) => Promise<void> | void,
): Promise<OpenedPage> {
  const { origin } = new URL(url);
  const context = await browser.newContext();
  context.setDefaultTimeout(30_000);
  const elsewhere: string[] = [];
  await context.route(
    (target) => target.protocol.startsWith('http') && target.origin !== origin,
    (route) => {
      elsewhere.push(route.request().url());
      return answer(route);
    },
  );
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.clock.install();
  // Not `load`: a script that never arrives would delay it.
  await page.goto(url, { waitUntil: 'domcontentloaded' });
  return { page, elsewhere, errors, context };
}
