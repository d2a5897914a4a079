/** `npm run example`: the gateway and this page in one process, so that Ctrl-C ends both. */
import { createServer } from 'vite';
import { DEMO } from '../../dist/embedded-lts/store.js';

const isOnEmbeddedLts = !process.env.LTS_REGION && !process.env.LTS_ENDPOINT;
if (isOnEmbeddedLts) {
  process.env.VITE_DEMO_PROJECT_ID = DEMO.projectId;
  process.env.VITE_DEMO_TOKEN = DEMO.token;
}

await import('../../dist/main.js');
const page = await createServer({ root: import.meta.dirname });
await page.listen();
process.stdout.write(`The example page: open ${page.resolvedUrls?.local[0]} in a browser.\n\n`);
