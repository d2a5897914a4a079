#!/usr/bin/env node
// The command `lts-gateway` of the npm package. It loads what `npm start` and `npm run lts` run, in this process: a child
// would need every signal passed on, and a supervisor would watch the wrong process. So it cannot pass
// `--max-semi-space-size=8` to Node.js, which saves memory under load; NODE_OPTIONS can.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const pathOf = (file) => fileURLToPath(new URL(`../${file}`, import.meta.url));

const HELP = `Usage:
  lts-gateway            starts the gateway, on an embedded LTS unless LTS_REGION or LTS_ENDPOINT is set
  lts-gateway lts        starts the embedded LTS alone
  lts-gateway --help     prints this text
  lts-gateway --version  prints the version

Settings are environment variables, such as PORT. All of them are in
${pathOf('docs/settings.md')}
`;

const args = process.argv.slice(2);
switch (args.join(' ')) {
  case '':
    await import('../dist/main.js');
    break;
  case 'lts':
    await import('../dist/embedded-lts/main.js');
    break;
  case '--help':
  case '-h':
    process.stdout.write(HELP);
    break;
  case '--version':
  case '-v':
    process.stdout.write(`${JSON.parse(readFileSync(pathOf('package.json'), 'utf8')).version}\n`);
    break;
  default:
    process.stderr.write(`lts-gateway: unknown arguments: ${args.join(' ')}\n\n${HELP}`);
    process.exitCode = 1;
}
