import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Browser, Page, Route } from 'playwright-core';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { killProcesses, startProcess } from '../support/process.ts';
import { until } from '../support/until.ts';
import { hasChromium, launchChromium, type OpenedPage, openPage } from './chromium.ts';

jest.setTimeout(120_000); // on a busy machine; all tests together take seconds

const SCRIPT = 'https://embeddable-sandbox.cdn.apollographql.com/v2/embeddable-sandbox.umd.production.min.js';
const FRAME = 'https://sandbox.embed.apollographql.com/sandbox/explorer';
/** Apollo's script in outline. */
const FAKE_SANDBOX = `window.EmbeddedSandbox = class {
  constructor(options) {
    window.sandboxOptions = options;
    document.querySelector(options.target).append('A fake of Sandbox');
  }
};`;

let browser: Browser;
/** URLs of two gateways on embedded LTSs, by the setting. */
let gateways: Record<'sandbox' | 'graphiql', string>;
let opened: OpenedPage | undefined;
beforeAll(async () => {
  if (!hasChromium) return;
  browser = await launchChromium();
  gateways = {
    sandbox: (await startProcess({})).url,
    graphiql: (await startProcess({ EXPLORER: 'graphiql' })).url,
  };
});
afterEach(async () => opened?.context.close());
afterAll(async () => {
  killProcesses();
  await browser?.close();
});

const refuse = (route: Route) => route.abort('internetdisconnected');
const leaveHanging = () => {};
const fulfillWith = (body: string, contentType: string) => (route: Route) =>
  route.request().url() === SCRIPT ? route.fulfill({ body, contentType }) : refuse(route);
const fakeSandbox = fulfillWith(FAKE_SANDBOX, 'text/javascript');

async function open(
  explorer: keyof typeof gateways,
  answer: (route: Route) => Promise<void> | void,
): Promise<OpenedPage> {
  opened = await openPage(browser, `${gateways[explorer]}/graphql`, answer);
  return opened;
}

const notice = (page: Page) => page.locator('body > .notice');
const tabs = (page: Page) => page.locator('.graphiql-tab-button').allTextContents();

const executeButton = (page: Page) => page.getByRole('button', { name: 'Execute query' });

/** GraphiQL takes the new tab's operation a moment after it shows the tab, and keeps it a moment later. */
async function openTab(page: Page, name: string, index: number): Promise<void> {
  await page.getByRole('tab', { name, exact: true }).click();
  await until(async () => {
    const stored = await page.evaluate("sessionStorage.getItem('graphiql:tabState')");
    return String(stored).includes(`"activeTabIndex":${index}`);
  }, 30_000);
}

/** Runs the operation in the active tab once, and waits for a text in the response. */
async function run(page: Page, expected: string): Promise<void> {
  await executeButton(page).click();
  await page.locator('.result-window', { hasText: expected }).waitFor();
}

const ifChromium = hasChromium ? describe : describe.skip;

ifChromium("where Sandbox's script cannot be loaded,", () => {
  test('GraphiQL appears, says why, loads the schema and runs the example', async () => {
    const { page, elsewhere, errors } = await open('sandbox', refuse);
    await page.waitForURL('**/graphiql?sandbox=unavailable');
    expect(await page.title()).toBe('LTS gateway');
    await notice(page).waitFor();
    expect(await notice(page).textContent()).toContain(
      "This is GraphiQL, because Apollo Sandbox could not be loaded from Apollo's servers.",
    );
    await executeButton(page).waitFor();
    expect(await tabs(page)).toEqual(['CreateLogStream', 'LogStreams', 'LogGroups', 'Logs']);

    await run(page, 'LogStreamCreated');
    await run(page, 'ALREADY_EXISTS');
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.locator('.graphiql-plugin').getByRole('link', { name: 'Mutation', exact: true }).click();
    await page.locator('.graphiql-plugin').getByText('createLogGroup').first().waitFor();

    expect(elsewhere).toEqual([SCRIPT]);
    expect(errors).toEqual(['Failed to load resource: net::ERR_INTERNET_DISCONNECTED']);
  });

  test('GraphiQL appears within 5 seconds if the request hangs', async () => {
    const { page, elsewhere } = await open('sandbox', leaveHanging);
    await page.locator('.loading', { hasText: 'Loading Apollo Sandbox' }).waitFor();
    // From now on, 5 seconds pass for the page, and no more.
    await page.clock.pauseAt(Number(await page.evaluate('Date.now()')) + 5_000);
    await page.waitForURL('**/graphiql?sandbox=unavailable');
    await page.clock.resume();
    await executeButton(page).waitFor();
    expect(elsewhere).toEqual([SCRIPT]);
  });

  test('GraphiQL appears if a proxy answers with a page of its own', async () => {
    const { page } = await open('sandbox', fulfillWith('<html>Blocked</html>', 'text/html'));
    await page.waitForURL('**/graphiql?sandbox=unavailable');
    await executeButton(page).waitFor();
  });
});

ifChromium("where Sandbox's script is loaded,", () => {
  test('it stays, with the example operations, and GraphiQL does not appear', async () => {
    const { page, elsewhere, errors } = await open('sandbox', fakeSandbox);
    await page.getByText('A fake of Sandbox').waitFor();
    const url = page.url();
    await page.clock.fastForward(60_000);
    expect(page.url()).toBe(url);
    expect(await notice(page).isHidden()).toBe(true);
    expect(await page.locator('.loading').count()).toBe(0);
    expect(await page.evaluate('window.sandboxOptions')).toMatchObject({
      initialEndpoint: url,
      initialState: {
        document: expect.stringContaining('mutation CreateLogStream'),
        variables: { projectId: DEMO.projectId, groupId: DEMO.groupId },
        headers: { 'X-Auth-Token': DEMO.token },
      },
      endpointIsEditable: false,
      runTelemetry: false,
    });
    expect(elsewhere).toEqual([SCRIPT]);
    expect(errors).toEqual([]);
  });

  test('a line offers GraphiQL if its frame is not heard of for 10 seconds, and goes when it is', async () => {
    const withFrame = `window.EmbeddedSandbox = class {
      constructor({ target }) {
        const frame = document.createElement('iframe');
        frame.src = '${FRAME}';
        document.querySelector(target).append(frame);
      }
    };`;
    let letFrameLoad = () => {};
    const { page, errors } = await open('sandbox', (route) => {
      if (route.request().url() === SCRIPT)
        return route.fulfill({ body: withFrame, contentType: 'text/javascript' });
      letFrameLoad = () =>
        void route.fulfill({
          body: '<script>parent.postMessage({ name: "ExplorerListeningForHandshake" }, "*")</script>',
          contentType: 'text/html',
        });
    });
    await page.locator('iframe').waitFor();
    expect(await notice(page).isHidden()).toBe(true);
    await page.clock.fastForward(10_000);
    await notice(page).waitFor();
    expect(await notice(page).getByRole('link').getAttribute('href')).toBe('graphiql');

    letFrameLoad();
    await notice(page).waitFor({ state: 'hidden' });
    expect(new URL(page.url()).pathname).toBe('/graphql');
    expect(errors).toEqual([]);
  });
});

ifChromium('with EXPLORER=graphiql,', () => {
  test('GraphiQL is there at once, requests nothing from elsewhere, and keeps its tabs and token', async () => {
    const { page, elsewhere, errors } = await open('graphiql', refuse);
    await run(page, 'LogStreamCreated');
    expect(await notice(page).isHidden()).toBe(true);
    await openTab(page, 'LogStreams', 1);

    await page.reload();
    await run(page, 'my-second-log-stream');
    expect(await tabs(page)).toEqual(['CreateLogStream', 'LogStreams', 'LogGroups', 'Logs']);
    expect(new URL(page.url()).search).toBe('');
    expect(elsewhere).toEqual([]);
    expect(errors).toEqual([]);
  });

  test('its tab Logs shows logs', async () => {
    const { page, errors } = await open('graphiql', refuse);
    await openTab(page, 'Logs', 3);
    await run(page, '"content"');
    expect(errors).toEqual([]);
  });

  test('one click on another tab shows its operation, and a new tab has the token', async () => {
    const { page, errors } = await open('graphiql', refuse);
    await page.getByRole('tab', { name: 'LogGroups' }).click();
    const editor = (name: string) => page.locator(`.graphiql-${name} .view-lines`);
    await editor('query-editor').filter({ hasText: 'query LogGroups' }).waitFor();
    await page.getByRole('button', { name: 'New tab' }).click();
    await page.getByRole('button', { name: 'Headers' }).click();
    await editor('editor').filter({ hasText: DEMO.token }).waitFor();
    expect(await editor('query-editor').textContent()).toBe('');
    expect(errors).toEqual([]);
  });
});

ifChromium('in development, the gateway can be called', () => {
  test.each([
    ['by a page on another port of this machine', 'http://localhost:3000/', true],
    ["by Apollo's hosted Sandbox", 'https://studio.apollographql.com/sandbox/explorer', true],
    ['by no page elsewhere', 'https://app.example.com/', false],
  ])('%s', async (_, url, isAllowed) => {
    const emptyPage = (route: Route) => route.fulfill({ body: '<p>A page</p>', contentType: 'text/html' });
    opened = await openPage(browser, `${gateways.sandbox}/livez`, emptyPage);
    const { page, errors } = opened;
    await page.goto(url);
    const call = `fetch('${gateways.sandbox}/graphql', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Auth-Token': 'any' },
      body: '{"query":"{__typename}"}',
    }).then((response) => response.text(), String)`;
    expect(await page.evaluate(call)).toContain(isAllowed ? '"__typename":"Query"' : 'Failed to fetch');
    if (!isAllowed) expect(errors.join()).toContain('blocked by CORS policy');
  });
});
